import type { Account, CloseStatus, Codec, PeerEvidence, TransportInfo } from "@kreuz/codec";
import type { Flusher } from "../output/flusher.js";
import type { ClientAccount } from "./client-account.js";
import type { Pace } from "./pace.js";
import { formatPeer, type PeerAddress } from "./peer-address.js";
import type { TransportSettings } from "./transport-settings.js";

/** A connection, as far as its listener closes it. */
export interface Closable {
  readonly account?: Account;
  close(status?: CloseStatus, message?: string): void;
  /**
   * Closes it to make room, and tells the peer why.
   *
   * @param waits - for the peer's answer; otherwise only until the reason has left.
   */
  dismiss(message: string, waits: boolean): void;
}

/** The open connections of a listener. */
export interface ConnectionList {
  delete(connection: Closable): void;
}

/** What every connection is made of, whichever protocol it speaks. */
export interface ConnectionParts {
  readonly peer: PeerAddress | undefined;
  /** The socket is encrypted. */
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
  readonly flusher: Flusher;
  readonly pace: Pace;
  /** What the client holds is charged here; absent without a budget. */
  readonly account: ClientAccount | undefined;
  readonly settings: TransportSettings;
  /** Where the connection is listed until it is over, which its handler is told then. */
  readonly openConnections?: ConnectionList;
}

/** What sessions may know about the transport. */
export function transportInfo(
  type: string,
  protocol: string,
  codec: Codec,
  { peer, tls }: ConnectionParts,
): TransportInfo {
  const address = formatPeer(peer);
  return {
    type,
    protocol,
    serializer: codec.id,
    ...(address === undefined ? {} : { peer: address }),
    ...(tls ? { tls } : {}),
  };
}
