import type { Arrival } from "./accepted-socket.js";

/** What is spoken at a listener. */
export interface Side {
  take(arrival: Arrival): void;
  /** The listener shuts down: lets go of sockets that are of no use any more. */
  close?(): void;
}
