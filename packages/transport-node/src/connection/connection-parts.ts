import type { Codec, PeerEvidence, TransportInfo } from "@kreuz/codec";
import type { Flusher } from "../output/flusher.js";
import type { ClientAccount } from "./client-account.js";
import type { Pace } from "./pace.js";
import { formatPeer, type PeerAddress } from "./peer-address.js";
import type { TransportSettings } from "./transport-settings.js";

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
  /** Called when the connection is over, before its handler is told. */
  readonly onClosed?: () => void;
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
