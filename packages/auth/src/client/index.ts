export { ChallengeError } from "./client-method.js";
export type { ClientAnswer, ClientMethod } from "./client-method.js";
export { cryptosignClient } from "./cryptosign-client.js";
export type { CryptosignClientOptions } from "./cryptosign-client.js";
export { scramClient, wampScramClient } from "./scram-client.js";
export type { ScramClientOptions } from "./scram-client.js";
export { ticketClient, wampcraClient } from "./secret-clients.js";
