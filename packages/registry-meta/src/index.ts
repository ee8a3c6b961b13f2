export { registrationDetails, registryMeta, subscriptionDetails } from "./registry-meta.js";
