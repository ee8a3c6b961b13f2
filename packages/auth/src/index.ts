export { AccountStore, CryptosignAccounts, TicketAccounts, TlsAccounts } from "./accounts.js";
export type {
  AccountOptions,
  Accounts,
  HashedTicket,
  PlainTicket,
  TicketAccountOptions,
  TicketCredential,
} from "./accounts.js";
export { authenticatorWith } from "./authenticator-with.js";
export type { AttemptLimit } from "./attempts.js";
export type { RandomBytes } from "./bytes.js";
export type { ChallengeOptions, MockChallengeOptions } from "./challenge.js";
export { cookieAuthentication } from "./cookie/cookie-authentication.js";
export type { CookieAuthentication } from "./cookie/cookie-authentication.js";
export { cookieJar } from "./cookie/cookie-jar.js";
export type { CookieJar, CookieJarOptions, HandshakeCookie } from "./cookie/cookie-jar.js";
export { MemoryCookieStore } from "./cookie/cookie-store.js";
export type {
  CookieIdentity,
  CookieJournal,
  CookieRecord,
  CookieStore,
  CookieStoreOptions,
} from "./cookie/cookie-store.js";
export { cryptosign } from "./cryptosign/cryptosign.js";
export type { CryptosignCredential, CryptosignOptions } from "./cryptosign/cryptosign.js";
export {
  askProcedure,
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
} from "./dynamic/dynamic-stores.js";
export type { AskOptions, CallProcedure, CredentialSource, DynamicOptions } from "./dynamic/dynamic-stores.js";
export type { CredentialStore, Principal, StoreOptions } from "./principal.js";
export { HashQueue, HashQueueError } from "./hash-queue.js";
export type { HashQueueOptions } from "./hash-queue.js";
export { attemptLimiter, limitAttempts } from "./limit-attempts.js";
export type { AttemptLimiter, AttemptLimiterOptions, AttemptScope } from "./limit-attempts.js";
export { checkScramRecord, scram, wampScram } from "./scram/scram.js";
export type { ScramCredential, ScramKdf, ScramOptions, ScramRecord } from "./scram/scram.js";
export { ticket } from "./ticket.js";
export type { TicketOptions, TicketVerifier } from "./ticket.js";
export { tls } from "./tls.js";
export type { TlsCredential, TlsOptions } from "./tls.js";
export { wampcra } from "./wampcra.js";
export type { CraCredential, CraOptions } from "./wampcra.js";
