export { connectNats } from "./nats-engine.js";
export type { NatsEngine, NatsOptions } from "./nats-engine.js";
export type { NatsCredentials, NatsServers, NatsTls } from "./nats-servers.js";
