export { registryMeta } from "./registry-meta.js";
export { registrationDetails, subscriptionDetails } from "./details.js";
