export { createProject } from "./create-project.js";
export type { ProjectOptions } from "./create-project.js";
export { KINDS, LICENSES } from "./kinds.js";
export type { Kind, License } from "./kinds.js";
export { main } from "./main.js";
export type { Terminal } from "./main.js";
