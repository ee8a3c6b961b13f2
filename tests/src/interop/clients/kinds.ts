import { AutobahnKind } from "./autobahn-peer.js";
import type { PeerKind } from "./peer.js";
import { WampyKind } from "./wampy-peer.js";

export const AUTOBAHN: readonly AutobahnKind[] = [
  new AutobahnKind("json"),
  new AutobahnKind("msgpack"),
  new AutobahnKind("cbor"),
];

export const WAMPY: readonly WampyKind[] = [new WampyKind("json"), new WampyKind("msgpack"), new WampyKind("cbor")];

/** Every client with every codec that it speaks. */
export const KINDS: readonly PeerKind[] = [...AUTOBAHN, ...WAMPY];

/** Every two of them, also the same one twice, and in both orders. */
export const PAIRS: readonly { readonly from: PeerKind; readonly to: PeerKind }[] = KINDS.flatMap((from) =>
  KINDS.map((to) => ({ from, to })),
);
