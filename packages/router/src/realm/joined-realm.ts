import type { CancelOptions, Clock, ErrorMessage, Id, Payload, Uri, UriRule, WampError, Yield } from "@kreuz/codec";
import { MessageType as M, CloseUri } from "@kreuz/codec";
import type { Authorization } from "../auth/authorization.js";
import type { UriPolicy } from "../auth/uri-policy.js";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type {
  FabricRealm,
  InboundCall,
  InboundEvent,
  InboundPart,
  OwnInterest,
  RealmRules,
  RemoteRegistration,
  UntoldCallee,
} from "../fabric/fabric-realm.js";
import type { BounceReason, RemoteSession } from "../fabric/remote-session.js";
import type { Logger } from "../logger.js";
import type { Directory } from "../plugin/plugin.js";
import type { SubscriptionInfo } from "../plugin/realm-events.js";
import type { RealmServices } from "../realm-services.js";
import { announces } from "../session/peer-features.js";
import type { SessionDirectory } from "../session/session-directory.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { SessionTable } from "../session/session-table.js";
import type { Departures } from "./departures.js";
import { subscriptionDirectory } from "./directories.js";

/** What a fabric joins with other nodes. */
export interface JoinableRealm {
  readonly uri: Uri;
  readonly services: RealmServices;
  readonly uris: UriPolicy;
  readonly authorization: Authorization;
  readonly roles: readonly string[] | undefined;
  readonly sessions: SessionTable;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly departures: Departures;
  answerNode(question: string, body: object): unknown;
}

/** A realm as its fabric sees it. */
export class JoinedRealm implements FabricRealm {
  readonly uri: Uri;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessions: SessionDirectory;
  readonly subscriptions: Directory<SubscriptionInfo>;
  readonly #realm: JoinableRealm;

  constructor(realm: JoinableRealm) {
    this.#realm = realm;
    this.uri = realm.uri;
    this.clock = realm.services.clock;
    this.logger = realm.services.logger;
    this.sessions = realm.sessions;
    this.subscriptions = subscriptionDirectory(realm.broker);
  }

  get uriRule(): UriRule {
    return this.#realm.uris.rule;
  }

  get rules(): RealmRules {
    const { roles, authorization } = this.#realm;
    return {
      ...(roles === undefined ? {} : { roles: roles.toSorted().join(" ") }),
      ...(authorization.rules === undefined ? {} : { permissions: authorization.rules }),
    };
  }

  answerNode(question: string, body: object): unknown {
    return this.#realm.answerNode(question, body);
  }

  interest(id: Id): OwnInterest | undefined {
    const subscription = this.#realm.broker.subscriptions.byId.get(id);
    if (subscription?.reachesRealm !== true) return undefined;
    const { uri, match, created, nodeKeys } = subscription;
    return { id, uri, match, created, nodeKeys };
  }

  retained(): Iterable<InboundEvent> {
    return this.#realm.broker.retained();
  }

  sessionJoined(session: SessionInfo): void {
    this.#realm.services.events.emit("sessionJoined", session);
  }

  sessionLeft(session: SessionInfo, departure: Departure): void {
    this.#realm.services.events.emit("sessionLeft", session, departure);
  }

  subscriptionCreated(subscription: SubscriptionInfo, session: SessionInfo): void {
    if (!this.#has(subscription)) this.#realm.services.events.emit("subscriptionCreated", subscription, session);
  }

  subscriptionDeleted(subscription: SubscriptionInfo, session: SessionInfo): void {
    if (!this.#has(subscription)) this.#realm.services.events.emit("subscriptionDeleted", subscription, session);
  }

  addCallee(callee: RemoteSession, registration: RemoteRegistration): void {
    this.#realm.dealer.addRemote(callee, registration);
  }

  removeCallee(callee: RemoteSession, registration: Id): void {
    this.#realm.dealer.removeRemote(callee, registration);
  }

  failCalls(session: RemoteSession, error: WampError): Promise<void> | undefined {
    return this.#realm.departures.add(this.#realm.dealer.remote.failing(session, error));
  }

  remove(session: RemoteSession, error: WampError): Promise<void> | undefined {
    return this.#realm.departures.add(this.#realm.dealer.remove(session, error)[Symbol.iterator]());
  }

  revokeCallee(id: Id, session: Id, reason?: string, untold: UntoldCallee = "revoke"): boolean {
    const { dealer, sessions } = this.#realm;
    dealer.completeRegistration(session, id);
    const registration = dealer.registrations.byId.get(id);
    const callee = registration?.callees.find((one) => one.session.id === session && one.remote === undefined);
    if (registration === undefined || callee === undefined) return false;
    if (untold === "end" && !announces(callee.session, "callee.registration_revocation")) {
      const why = reason === undefined ? "" : `: ${reason}`;
      const message = `the registration of "${registration.uri}" was revoked${why}`;
      if (sessions.kill(session, { reason: CloseUri.KILLED, message })) return true;
    }
    return dealer.revoke(registration, callee.session, reason);
  }

  serve(caller: RemoteSession, call: InboundCall): void {
    this.#realm.dealer.remote.serve(caller, call);
  }

  proceed(caller: RemoteSession, part: InboundPart): void {
    this.#realm.dealer.remote.proceed(caller, part);
  }

  cancel(caller: RemoteSession, request: Id, options: CancelOptions): void {
    this.#realm.dealer.remote.cancel(caller, request, options);
  }

  answer(callee: RemoteSession, message: Yield | ErrorMessage): void {
    if (message.type === M.YIELD) this.#realm.dealer.yield(callee, message);
    else this.#realm.dealer.error(callee, message);
  }

  bounced(callee: RemoteSession, request: Id, payload: Payload, reason: BounceReason): void {
    this.#realm.dealer.remote.bounced(callee, request, payload, reason);
  }

  deliver(event: InboundEvent): Promise<void> | undefined {
    return this.#realm.broker.deliver(event);
  }

  retain(event: InboundEvent): void {
    this.#realm.broker.retain(event);
  }

  #has({ id }: SubscriptionInfo): boolean {
    return this.#realm.broker.subscriptions.byId.has(id);
  }
}
