export { scram, wampScram } from "./scram.js";
export type { ScramOptions } from "./scram.js";
export { checkScramRecord } from "./credential.js";
export type { ScramCredential, ScramKdf, ScramRecord } from "./credential.js";
