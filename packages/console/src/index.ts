export { consoleFiles } from "./console-files.js";
export type { ConsoleFile } from "./console-files.js";
