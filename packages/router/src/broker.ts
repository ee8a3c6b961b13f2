import {
  ErrorUri,
  MessageType as M,
  nextId,
  WampError,
  type Dict,
  type EventDetails,
  type Id,
  type MatchPolicy,
  type Publish,
  type Subscribe,
  type Unsubscribe,
  type Uri,
} from "@kreuz/codec";
import { OutgoingEvent } from "./outgoing-event.js";
import { PatternIndex } from "./pattern-index.js";
import type { RealmServices } from "./realm-services.js";
import type { Session } from "./session.js";
import { Subscription } from "./subscription.js";

const NO_DETAILS: Dict = Object.freeze({});

/** Subscriptions and events of one realm (spec: "Publish and Subscribe"). */
export class Broker {
  readonly index: PatternIndex<Subscription> = new PatternIndex();
  readonly subscriptions: Map<Id, Subscription> = new Map();
  readonly #realm: RealmServices;
  #lastSubscription: Id = 0;

  constructor(realm: RealmServices) {
    this.#realm = realm;
  }

  /** @throws WampError when a limit forbids it. */
  subscribe(session: Session, { request, options, topic }: Subscribe): void {
    const match = options.match ?? "exact";
    const existing = this.index.get(topic, match);
    const added = existing === undefined || !existing.subscribers.has(session);
    if (added) this.#checkLimit(session);
    const subscription = existing ?? this.#create(topic, match);
    subscription.subscribers.add(session);
    session.subscriptions.add(subscription);
    // SUBSCRIBED goes first: an event on this subscription may be the meta event about itself (spec: "Ordering Guarantees").
    session.send({ type: M.SUBSCRIBED, request, subscription: subscription.id });
    if (existing === undefined) this.#realm.events.emit("subscriptionCreated", subscription, session.info);
    if (added) this.#realm.events.emit("subscriberAdded", subscription, session.info);
  }

  /** @throws WampError when the session does not hold that subscription. */
  unsubscribe(session: Session, { request, subscription: id }: Unsubscribe): void {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined || !session.subscriptions.has(subscription))
      throw new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `this session has no subscription ${id}`);
    this.#part(subscription, session);
    session.send({ type: M.UNSUBSCRIBED, request });
  }

  publish(session: Session, { request, options, topic, payload }: Publish): void {
    const publication = this.#realm.random.id();
    const exact = this.index.exact(topic);
    if (exact !== undefined) this.#deliver(exact, publication, session, NO_DETAILS, options, payload);
    if (this.index.hasPatterns)
      for (const subscription of this.index.patterns(topic))
        this.#deliver(subscription, publication, session, { topic }, options, payload);
    if (options.acknowledge === true) session.send({ type: M.PUBLISHED, request, publication });
    if (this.#realm.events.has("publicationAccepted"))
      this.#realm.events.emit("publicationAccepted", {
        id: publication,
        topic,
        payload,
        options,
        publisher: session.info,
        published: this.#realm.clock.now(),
      });
  }

  /** Takes a session that leaves out of all its subscriptions. */
  remove(session: Session): void {
    for (const subscription of session.subscriptions) this.#part(subscription, session);
  }

  #deliver(
    subscription: Subscription,
    publication: Id,
    publisher: Session,
    details: EventDetails,
    options: Publish["options"],
    payload: Publish["payload"],
  ): void {
    const event = new OutgoingEvent({ type: M.EVENT, subscription: subscription.id, publication, details, payload });
    const excluded = options.exclude_me === false ? undefined : publisher;
    for (const subscriber of subscription.subscribers) if (subscriber !== excluded) subscriber.sendEvent(event);
  }

  #create(uri: Uri, match: MatchPolicy): Subscription {
    this.#lastSubscription = nextId(this.#lastSubscription);
    const subscription = new Subscription(this.#lastSubscription, uri, match, this.#realm.clock.now());
    this.index.set(uri, match, subscription);
    this.subscriptions.set(subscription.id, subscription);
    return subscription;
  }

  #part(subscription: Subscription, session: Session): void {
    subscription.subscribers.delete(session);
    session.subscriptions.delete(subscription);
    const last = subscription.subscribers.size === 0;
    if (last) {
      this.index.delete(subscription.uri, subscription.match);
      this.subscriptions.delete(subscription.id);
    }
    this.#realm.events.emit("subscriberRemoved", subscription, session.info);
    if (last) this.#realm.events.emit("subscriptionDeleted", subscription, session.info);
  }

  #checkLimit(session: Session): void {
    const limit = this.#realm.limits.subscriptionsPerSession;
    if (session.subscriptions.size < limit || session.trusted) return;
    this.#realm.metrics.count("limit_subscriptions_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may hold at most ${limit} subscriptions`);
  }
}
