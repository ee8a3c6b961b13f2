import {
  ErrorUri,
  MessageType as M,
  WampError,
  type CancelOptions,
  type Dict,
  type Id,
  type Invocation,
  type Payload,
  type RouterMessage,
} from "@kreuz/codec";
import { IdMap, type BounceReason, type FabricRealm, type RemoteCall, type SessionInfo } from "@kreuz/router";
import type { Need } from "../link/outgoing.js";
import type { ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { readDict, readPayload, writeDict, writePayload } from "../wire/values.js";
import { FrameType, readCall, writeCall } from "./frames.js";
import type { LinkedSession } from "./linked-session.js";

/** What the calls need of the link to the other node. */
export interface CallLink {
  readonly node: string;
  readonly up: boolean;
  /** Sends a frame. @returns false when it could not be sent. */
  send(type: number, need: Need, write: (to: ByteWriter) => void): boolean;
  /** The session of the other node that has this id, or that is described; made when it is not known yet. */
  session(from: ByteReader): LinkedSession;
  /** Writes a session of this node so that the other one finds it. */
  describe(to: ByteWriter, session: SessionInfo, features: number): void;
}

/** In frames by their places. */
const BOUNCE_REASONS: readonly BounceReason[] = ["gone", "busy", "left"];

interface Outgoing {
  readonly callee: LinkedSession;
  readonly request: Id;
}

/** The calls between this node and one other, in one realm. Both nodes name a call by a number of the caller's node. */
export class PeerCalls {
  readonly #realm: FabricRealm;
  readonly #link: CallLink;
  /** Calls to callees of the other node. */
  #outgoing = new IdMap<Outgoing>();
  /** Calls of the other node: who calls. */
  #incoming = new IdMap<LinkedSession>();
  #lastNumber = 0;
  #bounces = 0;

  constructor(realm: FabricRealm, link: CallLink) {
    this.#realm = realm;
    this.#link = link;
  }

  /** Calls in flight, in both directions. */
  get size(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Calls that the other node gave back. */
  get bounces(): number {
    return this.#bounces;
  }

  /** Forgets all calls: the link was lost, and the dealer has failed them. */
  clear(): void {
    for (const { callee } of this.#outgoing.values()) callee.numbers = new IdMap();
    this.#outgoing = new IdMap();
    this.#incoming = new IdMap();
  }

  // Calls of this node.

  invoke(callee: LinkedSession, invocation: Invocation, call: RemoteCall): void {
    const number = ++this.#lastNumber;
    const { registration, details, payload, request } = invocation;
    const { procedure, receiveProgress, mayQueue, caller } = call;
    const wire = { number, registration, callee: callee.id, procedure, details, payload, receiveProgress, mayQueue };
    const sent = this.#link.send(FrameType.CALL, "optional", (to) => {
      this.#link.describe(to, caller.info, caller.features);
      writeCall(to, wire);
    });
    if (!sent) throw this.#unsent();
    this.#outgoing.set(number, { callee, request });
    callee.numbers.set(request, number);
  }

  proceed(callee: LinkedSession, { request, details, payload }: Invocation): void {
    const number = callee.numbers.get(request);
    if (number === undefined) return;
    const sent = this.#link.send(FrameType.MORE_ARGUMENTS, "optional", (to) => {
      to.number(number);
      writeDict(to, details);
      writePayload(to, payload);
    });
    if (!sent) throw this.#unsent();
  }

  interrupt(callee: LinkedSession, request: Id, options: CancelOptions): void {
    const number = callee.numbers.get(request);
    if (number === undefined) return;
    this.#link.send(FrameType.CANCEL, "necessary", (to) => {
      to.number(number);
      writeDict(to, options);
    });
    // After `kill` the callee answers; otherwise the caller has its answer, and no other one comes.
    if (options.mode !== "kill") this.#end(number, { callee, request });
  }

  onResult(from: ByteReader): void {
    const number = from.number();
    const options = readDict<Dict>(from);
    const payload = readPayload(from);
    const call = this.#outgoing.get(number);
    if (call === undefined) return;
    if (options["progress"] !== true) this.#end(number, call);
    this.#realm.answer(call.callee, { type: M.YIELD, request: call.request, options, payload });
  }

  onError(from: ByteReader): void {
    const [number, error] = [from.number(), from.text()] as const;
    const details = readDict<Dict>(from);
    const payload = readPayload(from);
    const call = this.#outgoing.get(number);
    if (call === undefined) return;
    this.#end(number, call);
    const { request } = call;
    this.#realm.answer(call.callee, { type: M.ERROR, requestType: M.INVOCATION, request, details, error, payload });
  }

  onBounce(from: ByteReader): void {
    const [number, reason] = [from.number(), BOUNCE_REASONS[from.byte()] ?? "gone"] as const;
    const payload = readPayload(from);
    const call = this.#outgoing.get(number);
    if (call === undefined) return;
    this.#bounces++;
    this.#end(number, call);
    this.#realm.bounced(call.callee, call.request, payload, reason);
  }

  #end(number: number, { callee, request }: Outgoing): void {
    this.#outgoing.delete(number);
    callee.numbers.delete(request);
  }

  #unsent(): WampError {
    const { node, up } = this.#link;
    return up
      ? new WampError(
          ErrorUri.UNAVAILABLE,
          `node "${node}" of the callee does not keep up with what it is sent; try again later`,
        )
      : new WampError(ErrorUri.NETWORK_FAILURE, `node "${node}" of the callee cannot be reached`);
  }

  // Calls of the other node.

  onCall(from: ByteReader): void {
    const caller = this.#link.session(from);
    const call = readCall(from);
    this.#incoming.set(call.request, caller);
    this.#realm.serve(caller, call);
  }

  onMoreArguments(from: ByteReader): void {
    const request = from.number();
    const caller = this.#incoming.get(request);
    if (caller === undefined) return;
    this.#realm.proceed(caller, { request, details: readDict(from), payload: readPayload(from) });
  }

  onCancel(from: ByteReader): void {
    const request = from.number();
    const caller = this.#incoming.get(request);
    if (caller === undefined) return;
    const options = readDict<CancelOptions>(from);
    if (options.mode !== "kill") this.#incoming.delete(request);
    this.#realm.cancel(caller, request, options);
  }

  answer(caller: LinkedSession, message: RouterMessage): void {
    if (message.type === M.RESULT) {
      const { request, details, payload } = message;
      if (this.#incoming.get(request) !== caller) return;
      if (details["progress"] !== true) this.#incoming.delete(request);
      this.#link.send(FrameType.RESULT, "necessary", (to) => {
        to.number(request);
        writeDict(to, details);
        writePayload(to, payload);
      });
    } else if (message.type === M.ERROR && message.requestType === M.CALL) {
      const { request, details, error, payload } = message;
      if (this.#incoming.get(request) !== caller) return;
      this.#incoming.delete(request);
      this.#link.send(FrameType.ERROR, "necessary", (to) => {
        to.number(request);
        to.text(error);
        writeDict(to, details);
        writePayload(to, payload);
      });
    }
  }

  bounce(caller: LinkedSession, request: Id, payload: Payload, reason: BounceReason): void {
    if (this.#incoming.get(request) !== caller) return;
    this.#incoming.delete(request);
    this.#link.send(FrameType.BOUNCE, "necessary", (to) => {
      to.number(request);
      to.byte(BOUNCE_REASONS.indexOf(reason));
      writePayload(to, payload);
    });
  }
}
