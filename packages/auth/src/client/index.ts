export { ChallengeError } from "./client-method.js";
export type { ClientAnswer, ClientMethod } from "./client-method.js";
export { cryptosignClient } from "./cryptosign-client.js";
export type { CryptosignClientOptions } from "./cryptosign-client.js";
export { scramClient, ticketClient, wampcraClient, wampScramClient } from "./secret-clients.js";
export type { ScramClientOptions } from "./secret-clients.js";
