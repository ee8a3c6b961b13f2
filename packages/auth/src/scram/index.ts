export { scram, wampScram } from "./scram.js";
export type { ScramOptions } from "./scram.js";
export { checkScramRecord } from "./record.js";
export type { ScramCredential, ScramKdf, ScramRecord } from "./record.js";
