export { AccountStore, CryptosignAccounts, TicketAccounts, TlsAccounts } from "./accounts/index.js";
export type { AccountOptions, Accounts, HashedTicket, PlainTicket, TicketCredential } from "./accounts/index.js";
export type { AttemptLimit } from "./attempts.js";
export type { ChallengeOptions } from "./challenge.js";
export { cookieAuthentication, cookieJar, MemoryCookieStore } from "./cookie/index.js";
export type {
  CookieAuthentication,
  CookieIdentity,
  CookieJar,
  CookieJarOptions,
  CookieStore,
  CookieStoreOptions,
  HandshakeCookie,
} from "./cookie/index.js";
export { cryptosign } from "./cryptosign/cryptosign.js";
export type { CryptosignCredential, CryptosignOptions } from "./cryptosign/cryptosign.js";
export type { DecoyOptions } from "./decoys.js";
export {
  askProcedure,
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
} from "./dynamic/index.js";
export type { Call, CredentialSource, DynamicOptions } from "./dynamic/index.js";
export type { CredentialStore, Grant, StoreOptions } from "./principal.js";
export { attemptLimiter, limitAttempts } from "./limit-attempts.js";
export type { AttemptLimiter, AttemptLimiterOptions, AttemptScope } from "./limit-attempts.js";
export { checkScramRecord, scram, wampScram } from "./scram/index.js";
export type { ScramCredential, ScramKdf, ScramOptions, ScramRecord } from "./scram/index.js";
export { ticket } from "./ticket.js";
export type { TicketOptions, TicketVerifier } from "./ticket.js";
export { tls } from "./tls.js";
export type { TlsCredential, TlsOptions } from "./tls.js";
export { wampcra } from "./wampcra.js";
export type { CraCredential, CraOptions } from "./wampcra.js";
