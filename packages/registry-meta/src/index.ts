export { registrationDetails, registryMeta, subscriptionDetails } from "./registry-meta.js";
export type { RegistryMetaOptions } from "./registry-meta.js";
