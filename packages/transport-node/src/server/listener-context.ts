import type { Acceptor } from "@kreuz/codec";
import type { OpenConnections } from "./open-connections.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** What all that is served at one place has in common. */
export interface Shared {
  readonly acceptor: Acceptor;
  readonly settings: TransportSettings;
  readonly open: OpenConnections;
}
