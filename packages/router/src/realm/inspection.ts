import type { Clock, Id } from "@kreuz/codec";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { RealmFabric } from "../fabric/fabric.js";
import type { Directory } from "../plugin/plugin.js";
import type { RegistrationInfo, SubscriptionInfo } from "../plugin/realm-events.js";
import type { SessionNumbers } from "../session/session-activity.js";
import type { SessionDirectory, SessionFilter } from "../session/session-directory.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { SessionTable } from "../session/session-table.js";
import { registrationDirectory, subscriptionDirectory } from "./directories.js";

/** A callee of a registration. */
export interface CalleeInfo {
  readonly session: SessionInfo;
  /** Calls that it works on now; of one on another node, those that this node has sent it. */
  readonly activeCalls: number;
  /** The node that it is on; absent for this one. */
  readonly node?: string;
}

/** The sessions of a realm in this process, which answers at once. */
export interface InspectedSessions extends SessionDirectory {
  count(filter?: SessionFilter): number;
  list(filter?: SessionFilter): readonly Id[];
  get(session: Id): SessionInfo | undefined;
  kill(session: Id, departure: Departure): boolean;
}

/**
 * A realm as operators see it; from {@link Router.inspect}. It asks no authorizer, and shows more than the meta API: never hand
 * it to clients. Where several nodes serve the realm together, subscriptions, registrations and callees are those of all nodes,
 * and all else is of this one.
 */
export interface RealmInspection {
  /** The roles that exist; `undefined` when any may. */
  readonly roles: readonly string[] | undefined;
  readonly sessions: InspectedSessions;
  readonly subscriptions: Directory<SubscriptionInfo>;
  readonly registrations: Directory<RegistrationInfo>;
  /** What one session has done and holds. `undefined` for one that is not there. */
  numbers(session: Id): SessionNumbers | undefined;
  /** What one session subscribed to. */
  subscriptionsOf(session: Id): Iterable<SubscriptionInfo>;
  /** What one session registered. */
  registrationsOf(session: Id): Iterable<RegistrationInfo>;
  /** How many sessions of this node hold a subscription, those inside the process included. */
  subscriberCount(subscription: Id): number;
  calleeCount(registration: Id): number;
  /** Those of this node; inside the process included, which the session directory does not know. */
  subscribers(subscription: Id): Iterable<SessionInfo>;
  callees(registration: Id): Iterable<CalleeInfo>;
}

/** What is inspected. */
interface InspectedRealm {
  readonly sessions: SessionTable;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly services: { readonly clock: Clock; readonly fabric: RealmFabric | undefined };
  readonly roles: readonly string[] | undefined;
}

/** Looks into a realm. Nothing is copied: what is iterated over may change between two turns. */
export class Inspection implements RealmInspection {
  readonly sessions: InspectedSessions;
  readonly subscriptions: Directory<SubscriptionInfo>;
  readonly registrations: Directory<RegistrationInfo>;
  readonly #realm: InspectedRealm;

  constructor(realm: InspectedRealm) {
    this.#realm = realm;
    this.sessions = realm.sessions;
    this.subscriptions = realm.services.fabric?.subscriptions ?? subscriptionDirectory(realm.broker);
    this.registrations = registrationDirectory(realm.dealer);
  }

  get roles(): readonly string[] | undefined {
    return this.#realm.roles;
  }

  numbers(id: Id): SessionNumbers | undefined {
    const session = this.#realm.sessions.find(id);
    if (session === undefined) return undefined;
    const { joined, lastReceived, messagesIn, messagesOut, bytesIn, eventsDropped } = session.activity;
    const { clock } = this.#realm.services;
    const epoch = clock.now() - clock.monotonic();
    return {
      joined: Math.round(epoch + joined),
      lastActivity: Math.round(epoch + lastReceived),
      messagesIn,
      messagesOut,
      bytesIn,
      bytesOut: session.sentBytes,
      eventsDropped,
      slow: session.congested,
      bufferedBytes: session.unsentBytes,
      pendingCalls: this.#realm.dealer.pendingOf(session),
    };
  }

  subscriptionsOf(id: Id): Iterable<SubscriptionInfo> {
    const session = this.#realm.sessions.find(id);
    return session === undefined ? [] : this.#realm.broker.subscriptions.of(session);
  }

  registrationsOf(id: Id): Iterable<RegistrationInfo> {
    const session = this.#realm.sessions.find(id);
    return session === undefined ? [] : this.#realm.dealer.registrations.of(session);
  }

  subscriberCount(subscription: Id): number {
    return this.#realm.broker.subscriptions.byId.get(subscription)?.subscribers.size ?? 0;
  }

  calleeCount(registration: Id): number {
    return this.#realm.dealer.registrations.byId.get(registration)?.callees.length ?? 0;
  }

  *subscribers(subscription: Id): Generator<SessionInfo, void> {
    for (const { info } of this.#realm.broker.subscriptions.byId.get(subscription)?.subscribers ?? []) yield info;
  }

  *callees(registration: Id): Generator<CalleeInfo, void> {
    for (const { session, active, remote } of this.#realm.dealer.registrations.byId.get(registration)?.callees ?? [])
      yield { session: session.info, activeCalls: active, ...(remote !== undefined && { node: remote.node }) };
  }
}
