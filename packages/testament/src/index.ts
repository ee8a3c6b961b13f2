export { testament } from "./testament.js";
export type { TestamentOptions } from "./session-testaments.js";
