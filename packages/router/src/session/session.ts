import {
  ErrorUri,
  MessageType as M,
  WampError,
  type Account,
  type ErrorMessage,
  type Id,
  type RouterMessage,
} from "@kreuz/codec";
import type { OutgoingEvent } from "./outgoing-event.js";
import type { PeerFeatures } from "./peer-features.js";
import type { SessionInfo } from "./session-info.js";

/**
 * What became of a message: `sent`; `unencodable` when its payload does not fit the peer's codec; `too-long` when its
 * frame exceeds the length that the peer accepts.
 */
export type SendOutcome = "sent" | "unencodable" | "too-long";

/** How far something reaches when several nodes serve a realm together. */
export type Reach = "node" | "realm";

/**
 * A session as the broker and the dealer see it: who it is, and how to send to it. What it subscribed to and
 * registered is theirs to know; where its messages come from is not.
 */
export abstract class Session {
  readonly info: SessionInfo;
  /** The features that the peer announced. */
  readonly features: PeerFeatures;
  /** True for the router's own sessions, the only ones that may publish and register under `wamp.`. */
  readonly trusted: boolean;
  /** What the session makes the router hold is charged here; absent for sessions inside the process. */
  readonly account: Account | undefined;

  constructor(info: SessionInfo, features: PeerFeatures, trusted: boolean, account?: Account) {
    this.info = info;
    this.features = features;
    this.trusted = trusted;
    this.account = account;
  }

  get id(): Id {
    return this.info.session;
  }

  /** Sends one message. A message to a session that has left is dropped and counts as sent. */
  abstract send(message: RouterMessage): SendOutcome;

  /** How far what it registers and subscribes to reaches: to the sessions of this node, or of all nodes. */
  get reach(): Reach {
    return "realm";
  }

  /** Whether it has left its realm; nothing may be added to it then. */
  get left(): boolean {
    return false;
  }

  /** True while the peer reads too slowly: an event sent now would be dropped. */
  get congested(): boolean {
    return false;
  }

  /** Bytes that wait for the peer to read them. */
  get unsentBytes(): number {
    return 0;
  }

  /** Bytes that were sent to the peer since the session joined. */
  get sentBytes(): number {
    return 0;
  }

  /** Events that were dropped because the peer read too slowly. */
  get droppedEvents(): number {
    return 0;
  }

  /** Sends one event that other sessions may receive as well. */
  abstract sendEvent(event: OutgoingEvent): void;
}

/** The ERROR message that answers a request. */
export function errorReply(requestType: number, request: Id, error: WampError): ErrorMessage {
  return { type: M.ERROR, requestType, request, details: error.details, error: error.uri, payload: error.payload };
}

/** Why a request is not performed whose session has left. */
export function sessionLeft(): WampError {
  return new WampError(ErrorUri.CANCELED, "the session left before its request was decided");
}
