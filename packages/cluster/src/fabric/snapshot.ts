import type { FabricRealm } from "@kreuz/router";
import type { ByteWriter } from "../wire/byte-writer.js";
import { writeDict } from "../wire/values.js";
import type { Bequests } from "./bequests.js";
import { FrameType, writeEvent, writeInterest, writeRegistration, writeSession } from "./frames.js";
import type { AnnouncedCallee, OwnState } from "./own-state.js";
import type { UnwrittenFrame } from "./realm-channel.js";

/** What a snapshot is made of. */
export interface SnapshotOptions {
  readonly realm: FabricRealm;
  readonly own: OwnState;
  /** Absent: the node does not inherit from this one. */
  readonly bequests: Bequests | undefined;
  /** Whether this node is about to leave the realm. */
  readonly leaving: boolean;
  /** Whether the other node is to send a snapshot as well. */
  readonly answer: boolean;
}

/** Everything about this node in one realm, as it is when each frame is written. */
export function* snapshot({ realm, own, bequests, leaving, answer }: SnapshotOptions): Generator<UnwrittenFrame, void> {
  yield { type: FrameType.SYNC_BEGIN, write: (to) => to.byte(answer ? 1 : 0) };
  if (leaving) yield { type: FrameType.LEAVING, write: () => {} };
  yield { type: FrameType.RULES, write: (to) => writeDict(to, realm.rules) };
  for (const session of own.sessions.values())
    yield { type: FrameType.JOINED, write: (to) => writeSession(to, session) };
  for (const write of bequests?.frames() ?? []) yield { type: FrameType.BEQUEST, write };
  for (const callee of own.callees()) yield { type: FrameType.CALLEE, write: (to) => writeCallee(to, callee, own) };
  for (const interest of own.interests.values())
    yield { type: FrameType.INTEREST, write: (to) => writeInterest(to, interest) };
  for (const event of realm.retained()) yield { type: FrameType.RETAINED, write: (to) => writeEvent(to, event, false) };
  yield { type: FrameType.SYNC_END, write: () => {} };
}

/** Describes the session of a callee where it has not been announced: one inside a router, which no directory lists. */
export function writeCallee(to: ByteWriter, { session, features, value, info }: AnnouncedCallee, own: OwnState): void {
  const isAnnounced = own.sessions.has(session);
  to.number(features);
  writeRegistration(to, session, value);
  to.byte(isAnnounced ? 0 : 1);
  if (isAnnounced) return;
  own.described.add(session);
  writeSession(to, info);
}
