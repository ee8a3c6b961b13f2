import type { PeerEvidence } from "@kreuz/codec";
import type { Flusher } from "../output/flusher.js";
import type { Subprotocol } from "../connection/subprotocol.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** The parts that a `LongPollConnection` is put together from. */
export interface LongPollParts {
  readonly subprotocol: Subprotocol;
  readonly peer: string | undefined;
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
  readonly receiveTimeout: number;
  readonly sessionTimeout: number;
  readonly flusher: Flusher;
  readonly settings: TransportSettings;
  /** The connection is over; called before its handler is told. */
  readonly onGone: () => void;
}
