export { AccountStore } from "../accounts.js";
export type { AccountOptions, Accounts } from "../accounts.js";
export { CryptosignAccounts } from "./cryptosign-accounts.js";
export { TicketAccounts } from "./ticket-accounts.js";
export type { HashedTicket, PlainTicket, TicketCredential } from "./ticket-accounts.js";
export { TlsAccounts } from "./tls-accounts.js";
