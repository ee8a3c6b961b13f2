export { testament } from "./testament.js";
export type { TestamentOptions } from "./limits.js";
