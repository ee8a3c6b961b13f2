import {
  CloseUri,
  MessageType as M,
  type Clock,
  type Payload,
  type PublishOptions,
  type RouterMessage,
  type TransportInfo,
  type Uri,
  type WelcomeDetails,
} from "@kreuz/codec";
import { MessageSession, SessionEndedError, type RegisterSettings, type Registration } from "@kreuz/session";
import type { Logger } from "../logger.js";
import type { LocalSession } from "../plugin/local-session.js";
import type { ProcedureHandler } from "../plugin/plugin.js";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import { peerFeatures } from "../session/peer-features.js";
import type { SessionInfo } from "../session/session-info.js";
import { Session as Peer, type Reach, type SendOutcome } from "../session/session.js";
import { LocalRequests, type RequestedRealm } from "./local-requests.js";

/** The realm of a session inside the process. */
export interface LocalRealm extends RequestedRealm {
  readonly uri: Uri;
  readonly logger: Logger;
  readonly services: RequestedRealm["services"] & { readonly clock: Clock };
  readonly features: WelcomeDetails["roles"];
  /** Removes the session from broker and dealer. */
  leaveLocal(session: InProcessSession): void;
}

/**
 * What a session inside the process may do. `everything`: the router's own, also under `wamp.`. `anything`: whatever is
 * not reserved. `authorized`: what the realm's authorizer allows its authid and authrole.
 */
export type LocalRights = "everything" | "anything" | "authorized";

/** What a session inside the process may do, and how far what it registers and subscribes to reaches. */
export interface LocalTerms {
  readonly rights: LocalRights;
  readonly reach: Reach;
}

/** The transport of sessions inside the process, which have none. */
export const LOCAL_TRANSPORT: TransportInfo = Object.freeze({ type: "local", protocol: "none", serializer: "none" });

const PASSTHRU = { payload_passthru_mode: true };
const FEATURES = peerFeatures({
  publisher: { features: PASSTHRU },
  subscriber: { features: { ...PASSTHRU, subscription_revocation: true } },
  caller: { features: { ...PASSTHRU, progressive_call_invocations: true } },
  callee: {
    features: {
      ...PASSTHRU,
      call_canceling: true,
      progressive_call_results: true,
      progressive_call_invocations: true,
      registration_revocation: true,
    },
  },
});

/** A {@link LocalSession}, and what the router itself does with one. */
export class InProcessSession extends MessageSession implements LocalSession {
  /** The session as broker and dealer see it. */
  readonly peer: LocalPeer;
  readonly #realm: LocalRealm;

  constructor(realm: LocalRealm, info: SessionInfo, terms: LocalTerms) {
    super(realm.uri, {
      clock: realm.services.clock,
      report: (error, what) => realm.logger.error({ error, session: info.session, realm: info.realm }, what),
      maxInvocations: Infinity,
      exposeErrors: false,
    });
    this.#realm = realm;
    this.peer = new LocalPeer(realm, info, terms, (message, caller) => this.receive(message, caller));
    const { authid, authrole, authmethod, authprovider } = info;
    const details = { roles: realm.features, realm: realm.uri, authid, authrole, authmethod, authprovider };
    this.opened({ id: info.session, details }, this.peer.requests);
  }

  override async close(): Promise<void> {
    this.leave();
  }

  /** Leaves at once. @param cause - what ended the session, if it did not wish so itself. */
  leave(cause?: SessionEndedError): void {
    if (this.state === "closed") return;
    this.peer.requests.close();
    this.#realm.leaveLocal(this);
    this.ended(cause ?? new SessionEndedError(CloseUri.NORMAL, "the session has left its realm"), cause);
  }

  override register(uri: Uri, handler: ProcedureHandler, settings?: RegisterSettings): Promise<Registration> {
    return super.register(uri, handler as AnyHandler, settings);
  }

  /** Registers at once. @returns a function that unregisters. @throws WampError */
  procedure(uri: Uri, handler: ProcedureHandler, settings: RegisterSettings = {}): () => void {
    const outcomes: Array<Registration | Error> = [];
    this.registerThen(uri, handler as AnyHandler, settings, (outcome) => void outcomes.push(outcome));
    const [outcome] = outcomes;
    if (outcome === undefined || outcome instanceof Error) throw outcome;
    return () => void outcome.unregister();
  }

  /** Publishes at once. @throws WampError */
  publishNow(topic: Uri, payload: Payload, options: PublishOptions = {}): void {
    this.peer.requests.send({ type: M.PUBLISH, request: 1, options, topic, payload });
  }
}

/** Every caller inside the process is known, so that the handler may count on it. */
type AnyHandler = Parameters<MessageSession["register"]>[1];

/** A session inside the process, as broker and dealer see it. */
class LocalPeer extends Peer {
  /** Takes what the session sends. */
  readonly requests: LocalRequests;
  readonly #reach: Reach;
  readonly #realm: LocalRealm;
  readonly #receive: (message: RouterMessage, caller?: SessionInfo) => void;

  constructor(
    realm: LocalRealm,
    info: SessionInfo,
    { rights, reach }: LocalTerms,
    receive: (message: RouterMessage, caller?: SessionInfo) => void,
  ) {
    super(info, FEATURES, rights === "everything");
    this.#reach = reach;
    this.#realm = realm;
    this.#receive = receive;
    this.requests = new LocalRequests(realm, this, rights === "authorized");
  }

  override get reach(): Reach {
    return this.#reach;
  }

  override get left(): boolean {
    return this.requests.closed;
  }

  override send(message: RouterMessage): SendOutcome {
    const caller =
      message.type === M.INVOCATION ? this.#realm.dealer.invoked(this, message.request)?.caller : undefined;
    this.#receive(message, caller?.info);
    return "sent";
  }

  override sendEvent({ message }: OutgoingEvent): void {
    this.#receive(message);
  }
}
