import { nextId, type HelloDetails, type Id, type RouterMessage } from "@kreuz/codec";
import type { OutgoingEvent } from "./outgoing-event.js";
import type { PendingCall } from "./pending-call.js";
import type { Registration } from "./registration.js";
import type { SessionInfo } from "./session-info.js";
import type { Subscription } from "./subscription.js";

/** How many answered calls with progressive invocations are remembered; the specification's grace table, by count. */
const REMEMBERED_STREAMS = 256;

/**
 * A session as the broker and the dealer see it: who it is, what it holds, and how to send to it. Where its messages
 * come from is not their business.
 */
export abstract class Session {
  readonly info: SessionInfo;
  readonly roles: HelloDetails["roles"];
  /** True for the router's own sessions, which alone may use `wamp.` URIs. */
  readonly trusted: boolean;
  readonly subscriptions: Set<Subscription> = new Set();
  readonly registrations: Set<Registration> = new Set();
  /** Calls it made, by its own request id. */
  readonly calls: Map<Id, PendingCall> = new Map();
  /** Calls it is working on, by the request id of the INVOCATION. */
  readonly invocations: Map<Id, PendingCall> = new Map();
  #lastInvocation: Id = 0;
  #streams: Set<Id> | undefined;

  constructor(info: SessionInfo, roles: HelloDetails["roles"], trusted: boolean) {
    this.info = info;
    this.roles = roles;
    this.trusted = trusted;
  }

  get id(): Id {
    return this.info.session;
  }

  /** The request id for the next INVOCATION to this session: sequential from 1 (spec: "IDs", session scope). */
  get nextInvocation(): Id {
    return nextId(this.#lastInvocation);
  }

  /** Notes that the INVOCATION with the next request id was sent. One that could not be sent leaves no gap. */
  countInvocation(): void {
    this.#lastInvocation = this.nextInvocation;
  }

  /** Whether this session was ever sent an INVOCATION with that id: a late answer to one is no violation. */
  wasInvoked(request: Id): boolean {
    return request <= this.#lastInvocation;
  }

  /** Notes that a call whose arguments came in parts was answered: more parts may be on their way. */
  rememberStream(request: Id): void {
    this.#streams ??= new Set();
    this.#streams.add(request);
    if (this.#streams.size <= REMEMBERED_STREAMS) return;
    for (const oldest of this.#streams) return void this.#streams.delete(oldest);
  }

  /** Whether a request id belongs to such a call. */
  wasStream(request: Id): boolean {
    return this.#streams !== undefined && this.#streams.has(request);
  }

  /**
   * Sends one message. To a session that left it does nothing.
   * @returns `false` when the message cannot be sent to this session at all, because its payload does not fit the codec.
   */
  abstract send(message: RouterMessage): boolean;

  /** Sends one event that others get as well. */
  abstract sendEvent(event: OutgoingEvent): void;
}
