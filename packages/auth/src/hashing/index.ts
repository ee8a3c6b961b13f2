export { hashCraSecret } from "./cra-hash.js";
export type { CraHashOptions } from "./cra-hash.js";
export { generateCryptosignPair } from "./cryptosign-pair.js";
export type { CryptosignPair } from "./cryptosign-pair.js";
export { hashScramPassword } from "./scram-hash.js";
export type { ScramHashOptions } from "./scram-hash.js";
export { hashTicket, isTicketOf } from "../hashing.js";
export type { TicketHashOptions } from "../hashing.js";
