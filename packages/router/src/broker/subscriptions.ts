import { ErrorUri, MessageType as M, nextId, WampError, type Id, type Subscribe, type Unsubscribe } from "@kreuz/codec";
import { Holdings } from "../session/holdings.js";
import { PatternIndex } from "../matching/pattern-index.js";
import { announces } from "../session/peer-features.js";
import type { RealmServices } from "../realm-services.js";
import type { Session } from "../session/session.js";
import { Subscription } from "./subscription.js";

/** The subscriptions of one realm and their subscribers (spec: "Subscribing and Unsubscribing"). */
export class Subscriptions {
  readonly index: PatternIndex<Subscription> = new PatternIndex();
  readonly byId: Map<Id, Subscription> = new Map();
  readonly #realm: RealmServices;
  readonly #holdings: Holdings<Subscription>;
  #lastId: Id = 0;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.#holdings = new Holdings("subscription", realm);
  }

  /** @throws WampError when a limit is reached. */
  check(session: Session, { options: { match = "exact" }, topic }: Subscribe): void {
    if (this.index.get(topic, match)?.subscribers.has(session) !== true)
      this.#holdings.check(session, topic, match, this.index);
  }

  /** @throws WampError when a limit is reached. */
  subscribe(session: Session, { request, options, topic }: Subscribe): Subscription {
    const match = options.match ?? "exact";
    const existing = this.index.get(topic, match);
    const added = existing === undefined || !existing.subscribers.has(session);
    if (added) this.#holdings.reserve(session, topic, match, this.index);
    const subscription = existing ?? this.#create(topic, match, session);
    subscription.add(session, options.nkey);
    this.#holdings.add(session, subscription);
    // Its node key may be another one now.
    if (!added && session.reach === "realm") this.#realm.fabric?.unsubscribed(subscription);
    // SUBSCRIBED goes first: the next event may be the meta event about this very subscription (spec: "Ordering Guarantees").
    session.send({ type: M.SUBSCRIBED, request, subscription: subscription.id });
    if (existing === undefined && !this.#isElsewhere(subscription))
      this.#realm.events.emit("subscriptionCreated", subscription, session.info);
    if (added) this.#realm.events.emit("subscriberAdded", subscription, session.info);
    return subscription;
  }

  /** @throws WampError when the session does not hold that subscription. */
  unsubscribe(session: Session, { request, subscription: id }: Unsubscribe): void {
    const subscription = this.byId.get(id);
    if (subscription === undefined || !this.holds(session, id))
      throw new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `this session has no subscription ${id}`);
    session.send({ type: M.UNSUBSCRIBED, request });
    this.#detach(subscription, session);
  }

  /**
   * Revokes a subscription from a session, and tells the session if it announced the feature (spec: "Subscription
   * Revocation").
   * @returns whether the session held it.
   */
  revoke(subscription: Subscription, session: Session, reason?: string): boolean {
    if (!this.holds(session, subscription.id)) return false;
    if (announces(session, "subscriber.subscription_revocation")) {
      const details = { subscription: subscription.id, ...(reason === undefined ? {} : { reason }) };
      session.send({ type: M.UNSUBSCRIBED, request: 0, details });
    }
    this.#detach(subscription, session);
    return true;
  }

  /** Sessions that hold any subscription. */
  get holders(): number {
    return this.#holdings.size;
  }

  /** What a session holds. */
  of(session: Session): Iterable<Subscription> {
    return this.#holdings.of(session);
  }

  /** Whether the session holds the subscription with that id. */
  holds(session: Session, id: Id): boolean {
    const subscription = this.byId.get(id);
    return subscription !== undefined && this.#holdings.has(session, subscription);
  }

  /** Removes a leaving session from its subscriptions, one for each step that is taken. */
  *remove(session: Session): Generator<Subscription, void> {
    for (const subscription of this.#holdings.of(session)) {
      this.#detach(subscription, session);
      yield subscription;
    }
  }

  #create(uri: string, match: Subscription["match"], session: Session): Subscription {
    const { fabric, clock } = this.#realm;
    const id = fabric === undefined ? (this.#lastId = nextId(this.#lastId)) : fabric.ids.subscription(uri, match);
    const subscription = new Subscription(id, uri, match, clock.now());
    this.index.set(uri, match, subscription, session.id);
    this.byId.set(subscription.id, subscription);
    this.#realm.stats.subscriptions.add(match);
    return subscription;
  }

  #detach(subscription: Subscription, session: Session): void {
    subscription.remove(session);
    this.#holdings.delete(session, subscription);
    const last = subscription.subscribers.size === 0;
    if (last) {
      this.index.delete(subscription.uri, subscription.match);
      this.byId.delete(subscription.id);
      this.#realm.stats.subscriptions.add(subscription.match, -1);
    }
    if (session.reach === "realm") this.#realm.fabric?.unsubscribed(subscription);
    this.#realm.events.emit("subscriberRemoved", subscription, session.info);
    if (last && !this.#isElsewhere(subscription))
      this.#realm.events.emit("subscriptionDeleted", subscription, session.info);
  }

  /** Whether the subscription goes on existing without its subscribers here. */
  #isElsewhere({ id }: Subscription): boolean {
    return this.#realm.fabric?.isSubscribedElsewhere(id) === true;
  }
}
