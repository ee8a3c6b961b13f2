export { connectNats } from "./nats-engine.js";
export type { NatsCredentials, NatsEngine, NatsOptions } from "./nats-engine.js";
