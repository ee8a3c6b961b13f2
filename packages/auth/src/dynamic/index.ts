export { askProcedure } from "./source.js";
export type { Call, CredentialSource, DynamicOptions } from "./source.js";
export {
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
} from "./dynamic-stores.js";
