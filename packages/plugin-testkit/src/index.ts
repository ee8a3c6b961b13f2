export { testPlugin } from "./test-plugin.js";
export type { LogLine, Login, PluginTest, PluginTestOptions } from "./test-plugin.js";
export { check, ContractError, FakeClock, settle, WireSession } from "@kreuz/testkit";
