import { AutobahnKind } from "./autobahn-peer.js";
import type { PeerKind } from "./peer.js";
import { WampyKind } from "./wampy-peer.js";

export const AUTOBAHN: readonly AutobahnKind[] = [
  new AutobahnKind("json"),
  new AutobahnKind("msgpack"),
  new AutobahnKind("cbor"),
];

export const WAMPY: readonly WampyKind[] = [new WampyKind("json"), new WampyKind("msgpack"), new WampyKind("cbor")];

/** Every client with every codec. */
export const KINDS: readonly PeerKind[] = [...AUTOBAHN, ...WAMPY];

interface PeerPair {
  readonly from: PeerKind;
  readonly to: PeerKind;
}

/** All ordered pairs of them, including each with itself. */
export const PAIRS: readonly PeerPair[] = KINDS.flatMap((from) => KINDS.map((to) => ({ from, to })));

/** The pairs of different libraries. */
export const MIXED_PAIRS: readonly PeerPair[] = PAIRS.filter(({ from, to }) => from.library !== to.library);
