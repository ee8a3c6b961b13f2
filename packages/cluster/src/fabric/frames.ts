import type { Dict, Id, MatchPolicy, RegisterOptions } from "@kreuz/codec";
import type { Departure, InboundCall, InboundEvent, RemoteRegistration, SessionInfo } from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { NodeInterest } from "../replica/interests.js";
import { WireError, type ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { readDict, readPayload, writeDict, writePayload } from "../wire/values.js";

// What the nodes of a realm tell each other. Every frame starts with the number of its realm.

export const FrameType = {
  /** A snapshot starts: what is not named until SYNC_END is gone. */
  SYNC_BEGIN: 1,
  SYNC_END: 2,
  JOINED: 3,
  LEFT: 4,
  CALLEE: 5,
  NO_CALLEE: 6,
  INTEREST: 7,
  NO_INTEREST: 8,
  /** "Answer when you have dealt with all before this." */
  BARRIER: 9,
  PASSED: 10,
  RETAINED: 11,
  /** The node leaves the realm. */
  DETACHED: 12,
  /** Roles and permissions of the node, for comparison. */
  RULES: 13,
  /** The node is about to leave the realm: it wants no new calls if others can take them. */
  LEAVING: 14,
  /** Something to do about a session when its node is dead. */
  BEQUEST: 15,
  CALL: 20,
  MORE_ARGUMENTS: 21,
  CANCEL: 22,
  RESULT: 23,
  ERROR: 24,
  BOUNCE: 25,
  EVENT: 30,
  ASK: 40,
  ANSWER: 41,
} as const;

/** Whether frames of a type are about something that ends with the link: calls, events and questions. */
export function isOfLink(type: number): boolean {
  return type >= FrameType.CALL;
}

/** A number for a realm, which all nodes know without asking. */
export function realmNumber(uri: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < uri.length; index++) hash = Math.imul(hash ^ uri.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

const MATCHES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

function writeMatch(to: ByteWriter, match: MatchPolicy): void {
  to.byte(MATCHES.indexOf(match));
}

function readMatch(from: ByteReader): MatchPolicy {
  return MATCHES[from.byte()] ?? "exact";
}

export function writeSession(to: ByteWriter, { realm: _realm, ...info }: SessionInfo): void {
  writeDict(to, info);
}

export function readSession(from: ByteReader, realm: string, node: NodeId): SessionInfo {
  return Object.freeze({ ...readDict<SessionInfo>(from), realm, node });
}

export function writeDeparture(to: ByteWriter, session: Id, departure: Departure): void {
  to.number(session);
  writeDict(to, departure);
}

export function writeRegistration(to: ByteWriter, session: Id, registration: RemoteRegistration): void {
  to.number(session);
  to.text(registration.uri);
  writeMatch(to, registration.match);
  to.number(registration.created);
  to.text(registration.rank);
  writeDict(to, registration.options);
}

export function readRegistration(from: ByteReader): { session: Id; registration: RemoteRegistration } {
  const session = from.number();
  const registration = {
    uri: from.text(),
    match: readMatch(from),
    created: from.number(),
    rank: from.text(),
    options: readDict<RegisterOptions>(from),
  };
  return { session, registration };
}

export function writeInterest(to: ByteWriter, interest: NodeInterest): void {
  to.number(interest.id);
  to.text(interest.uri);
  writeMatch(to, interest.match);
  to.number(interest.created);
  to.number(interest.session);
  to.number(interest.nodeKeys.length);
  for (const key of interest.nodeKeys) to.text(key);
}

export function readInterest(from: ByteReader): NodeInterest {
  const [id, uri, match, created, session] = [
    from.number(),
    from.text(),
    readMatch(from),
    from.number(),
    from.number(),
  ] as const;
  const nodeKeys = Array.from({ length: Math.min(from.number(), 65_536) }, () => from.text());
  return { id, uri, match, created, session, nodeKeys };
}

/** What CALL names: the call is answered under its number. */
export type WireCall = Omit<InboundCall, "request"> & { readonly number: number };

export function writeCall(to: ByteWriter, call: WireCall): void {
  to.number(call.number);
  to.number(call.registration);
  to.number(call.callee);
  to.byte((call.receiveProgress ? 1 : 0) | (call.mayQueue ? 2 : 0));
  to.text(call.procedure);
  writeDict(to, call.details);
  writePayload(to, call.payload);
}

export function readCall(from: ByteReader): InboundCall {
  const [request, registration, callee, flags] = [from.number(), from.number(), from.number(), from.byte()] as const;
  if (request === 0) throw new WireError("a call has number 0");
  return {
    request,
    registration,
    callee,
    receiveProgress: (flags & 1) !== 0,
    mayQueue: (flags & 2) !== 0,
    procedure: from.text(),
    details: readDict(from),
    payload: readPayload(from),
  };
}

export function writeEvent(to: ByteWriter, event: InboundEvent, isKnown: boolean): void {
  to.number(event.id);
  to.number(event.published);
  to.text(event.topic);
  to.number(event.publisher.session);
  to.byte(isKnown ? 0 : 1);
  if (!isKnown) writeSession(to, event.publisher);
  writeDict(to, event.options);
  writeDict(to, event.details);
  writePayload(to, event.payload);
}

/** The node that sent an event. */
export interface EventSource {
  readonly realm: string;
  readonly node: NodeId;
  /** A session that the event does not describe. */
  find(session: Id): SessionInfo;
}

export function readEvent(from: ByteReader, source: EventSource): InboundEvent {
  const [id, published, topic, session] = [from.number(), from.number(), from.text(), from.number()] as const;
  return {
    id,
    published,
    topic,
    publisher: from.byte() === 1 ? readSession(from, source.realm, source.node) : source.find(session),
    options: readDict(from),
    details: readDict<Dict>(from),
    payload: readPayload(from),
  };
}
