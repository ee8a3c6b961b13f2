export { connectNats } from "./nats-engine.js";
export type { NatsCredentials, NatsEngine, NatsOptions, NatsTls } from "./nats-engine.js";
