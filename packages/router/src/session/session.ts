import type { Id, RouterMessage } from "@kreuz/codec";
import type { OutgoingEvent } from "./outgoing-event.js";
import type { PeerFeatures } from "./peer-features.js";
import type { SessionInfo } from "./session-info.js";

/** Why a message cannot be sent: the codec has no way to write it, or it is longer than the client takes. */
export type Refusal = "codec" | "length";

/**
 * A session as the broker and the dealer see it: who it is, and how to send to it. What it holds, they know;
 * where its messages come from is not their business.
 */
export abstract class Session {
  readonly info: SessionInfo;
  /** What the peer announced. */
  readonly features: PeerFeatures;
  /** True for the router's own sessions, which alone may use `wamp.` URIs. */
  readonly trusted: boolean;

  constructor(info: SessionInfo, features: PeerFeatures, trusted: boolean) {
    this.info = info;
    this.features = features;
    this.trusted = trusted;
  }

  get id(): Id {
    return this.info.session;
  }

  /**
   * Sends one message. To a session that left it does nothing.
   * @returns `false` when the message cannot be sent to this session at all, because its payload does not fit the codec
   * or is longer than the client takes: {@link refusal} says which.
   */
  abstract send(message: RouterMessage): boolean;

  /** Why {@link send} said `false` the last time. */
  get refusal(): Refusal {
    return "codec";
  }

  /** Sends one event that others get as well. */
  abstract sendEvent(event: OutgoingEvent): void;
}
