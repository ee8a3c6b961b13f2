export { UnixBus } from "./unix-bus.js";
export type { UnixBusOptions } from "./unix-bus.js";
export { RefereeServer } from "./referee-server.js";
export { UnixReferee } from "./unix-referee.js";
export type { UnixRefereeOptions } from "./unix-referee.js";
