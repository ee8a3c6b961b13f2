import type { Socket } from "node:net";
import type { PeerEvidence } from "@kreuz/codec";
import type { PeerAddress } from "../connection/peer-address.js";

/** A socket that has come through the door, and what is known of who is behind it. */
export interface Arrival {
  /** What to talk through. */
  readonly socket: Socket;
  /** The socket of the network, under TLS. */
  readonly raw: Socket;
  /** Who connected, or for whom a trusted proxy speaks. */
  readonly peer: PeerAddress | undefined;
  /** Only this makes {@link socket} something else than {@link raw}. */
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
}
