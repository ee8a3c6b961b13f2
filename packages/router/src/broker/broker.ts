import {
  ErrorUri,
  MessageType as M,
  WampError,
  type Dict,
  type Id,
  type Publish,
  type PublishOptions,
  type Subscribe,
  type Unsubscribe,
} from "@kreuz/codec";
import { ALLOWED, type Permit } from "../auth/authorizer.js";
import type { InboundEvent } from "../fabric/fabric-realm.js";
import { copyPassthru, isEmpty, NO_DETAILS } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import { OutgoingEvent } from "../session/outgoing-event.js";
import type { SessionInfo } from "../session/session-info.js";
import { sessionLeft, type Session } from "../session/session.js";
import { AcceptedPublication, acknowledge } from "./accepted-publication.js";
import { FanOut, type Delivery } from "./fan-out.js";
import { ReceiverFilter } from "./receiver-filter.js";
import { RetainedEvents, type RetainedEvent } from "./retained-events.js";
import { RetainedReplay } from "./retained-replay.js";
import type { Subscription } from "./subscription.js";
import { Subscriptions } from "./subscriptions.js";

/** Subscriptions, publications and events of one realm (spec: "Publish and Subscribe"). */
export class Broker {
  readonly subscriptions: Subscriptions;
  readonly #realm: RealmServices;
  readonly #retained: RetainedEvents;
  readonly #replay: RetainedReplay;
  readonly #fanOut: FanOut;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.#fanOut = new FanOut(realm.clock);
    this.subscriptions = new Subscriptions(realm);
    this.#retained = new RetainedEvents(realm);
    this.#replay = new RetainedReplay(realm.clock, this.#retained);
  }

  /** Topics with a retained event. */
  get retainedTopics(): number {
    return this.#retained.size;
  }

  /**
   * Subscribes a session.
   *
   * @returns a promise while other nodes are told; until it settles, the session must not be read from.
   * @throws WampError when a limit is reached; as a rejection when other nodes were told.
   */
  subscribe(session: Session, message: Subscribe): Promise<void> | undefined {
    const { fabric } = this.#realm;
    if (fabric === undefined || session.reach === "node") return this.#subscribe(session, message);
    this.subscriptions.check(session, message);
    const { topic: uri, options } = message;
    const { match = "exact", nkey } = options;
    const told = fabric.beforeSubscribe({ session: session.info, uri, match, nkey });
    const go = (): undefined => {
      try {
        if (session.left) throw sessionLeft();
        this.#subscribe(session, message);
      } catch (error) {
        fabric.unsubscribed({ id: fabric.ids.subscription(uri, match), uri, match });
        throw error;
      }
    };
    return told === undefined ? go() : told.then(go);
  }

  #subscribe(session: Session, message: Subscribe): undefined {
    const subscription = this.subscriptions.subscribe(session, message);
    if (message.options.get_retained === true) this.#replay.start(session, subscription);
  }

  /** @throws WampError when the session does not hold that subscription. */
  unsubscribe(session: Session, message: Unsubscribe): void {
    this.subscriptions.unsubscribe(session, message);
  }

  /**
   * Publishes an event.
   *
   * @returns a promise when delivering everything that the publisher has published takes several turns of the event
   * loop; until it settles, the publisher must not be read from.
   * @throws WampError when the publisher is not allowed to use an option.
   */
  publish(publisher: Session, message: Publish, permit: Permit = ALLOWED): Promise<void> | undefined {
    const { request, options } = message;
    if (options.disclose_me === true && permit.disclose === "never")
      throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "publishers are not disclosed for this topic");
    const { id: publisherId, account } = publisher;
    const outgoing: Outgoing = {
      id: this.#realm.random.id(),
      details: eventDetails(publisher.info, options, permit),
      filter: ReceiverFilter.of(options),
      publisher: publisherId,
      account,
      excluded: options.exclude_me === false ? undefined : publisher,
      inbound: false,
    };
    // Whoever is read from is held up by what it publishes; the router itself and testaments are not.
    this.#fanOut.begin(account === undefined);
    this.#deliver(message, outgoing);
    const { stats, events, fabric } = this.#realm;
    stats.publications++;
    stats.fanOut.observe(this.#fanOut.receivers);
    const observed = events.has("publicationAccepted");
    if (options.acknowledge === true && !observed)
      publisher.send({ type: M.PUBLISHED, request, publication: outgoing.id });
    if (observed || fabric !== undefined || options.retain === true)
      this.#accepted(publisher, message, outgoing, observed);
    return this.#fanOut.ofPublisher(publisherId);
  }

  /**
   * Delivers an event that another node accepted, and keeps it when it is to be retained.
   * @returns a promise when that takes several turns of the event loop.
   */
  deliver(event: InboundEvent): Promise<void> | undefined {
    const { id, details, options, publisher } = event;
    const filter = ReceiverFilter.of(options);
    this.#fanOut.begin(true);
    const from = { publisher: publisher.session, account: undefined, excluded: undefined, inbound: true };
    this.#deliver(event, { id, details, filter, ...from });
    if (isRetained(options, filter)) this.#retained.merge(retainedEvent(event, filter));
    return this.#fanOut.ofPublisher(publisher.session);
  }

  /** Keeps a retained event that another node accepted before. */
  retain(event: InboundEvent): void {
    this.#retained.merge(retainedEvent(event, ReceiverFilter.of(event.options)));
  }

  /** The retained events. */
  *retained(): Generator<InboundEvent, void> {
    for (const { publication, filter: _, ...event } of this.#retained) yield { id: publication, ...event };
  }

  /** Whether events of publishers that are not read from, such as testaments, wait for further turns. */
  get isDelivering(): boolean {
    return this.#fanOut.pendingShared > 0;
  }

  /** Removes a leaving session from all its subscriptions, one for each step that is taken. */
  remove(session: Session): Iterable<unknown> {
    this.#replay.remove(session);
    return this.subscriptions.remove(session);
  }

  #deliver(message: Published, outgoing: Outgoing): void {
    const { index } = this.subscriptions;
    const { topic } = message;
    const exact = index.exact(topic);
    if (exact !== undefined) this.#deliverTo(exact, message, outgoing, outgoing.details);
    if (!index.hasPatterns) return;
    for (const subscription of index.patterns(topic))
      this.#deliverTo(subscription, message, outgoing, { ...outgoing.details, topic });
  }

  #deliverTo(
    subscription: Subscription,
    { payload, options: { rkey } }: Published,
    { id: publication, filter, publisher, account, excluded, inbound }: Outgoing,
    details: Dict,
  ): void {
    const event = new OutgoingEvent({ type: M.EVENT, subscription: subscription.id, publication, details, payload });
    const elsewhere = rkey === undefined ? undefined : this.#realm.fabric?.nodeKeys(subscription.id);
    const receivers = subscription.receivers(rkey, elsewhere);
    const size = subscription.subscribers.size;
    this.#fanOut.deliver(publisher, { event, subscription, receivers, size, filter, excluded, inbound, account });
  }

  /**
   * Keeps a publication, tells the other nodes of it, then the plugins. Its acknowledgement comes after those, because a
   * plugin may delay it.
   */
  #accepted(publisher: Session, message: Publish, { id, details, filter }: Outgoing, observed: boolean): void {
    const { events, clock, logger, fabric } = this.#realm;
    const { receivers } = this.#fanOut;
    const published = fabric === undefined ? clock.now() : fabric.now();
    // What the router and its plugins publish is for the sessions of this node, unless they say otherwise.
    const reach = publisher.trusted ? publisher.reach : "realm";
    const facts = { details, publisher: publisher.info, published, receivers, reach };
    const publication = new AcceptedPublication(id, message, facts);
    if (isRetained(message.options, filter)) this.#retained.store(retainedEvent(publication, filter));
    if (reach === "realm") fabric?.published(publication);
    if (!observed) return;
    events.emit("publicationAccepted", publication);
    if (message.options.acknowledge !== true) return;
    events.afterwards(() => acknowledge(publisher, message.request, publication, logger));
  }
}

/** What of a PUBLISH goes into its events. */
type Published = Pick<Publish, "topic" | "payload" | "options">;

/** What the broker made of it. */
interface Outgoing extends Pick<Delivery, "filter" | "account" | "excluded" | "inbound"> {
  readonly id: Id;
  /** The same for all subscribers except for `topic`. */
  readonly details: Dict;
  readonly publisher: Id;
}

/** A list of session ids means nothing to later sessions, so such an event is not retained. */
function isRetained({ retain }: PublishOptions, filter: ReceiverFilter | undefined): boolean {
  return retain === true && filter?.namesSessions !== true;
}

function retainedEvent(
  { id: publication, topic, payload, options, details, publisher, published }: InboundEvent,
  filter: ReceiverFilter | undefined,
): RetainedEvent {
  return { publication, topic, payload, options, details, publisher, published, filter };
}

/** The details of a publication's events, the same for all subscribers except for `topic`. */
function eventDetails(publisher: SessionInfo, options: PublishOptions, permit: Permit): Dict {
  if (permit === ALLOWED && isEmpty(options)) return NO_DETAILS;
  const details: Record<string, unknown> = {};
  const policy = permit.disclose ?? "on-request";
  if (policy === "always" || (policy === "on-request" && options.disclose_me === true)) {
    details["publisher"] = publisher.session;
    details["publisher_authid"] = publisher.authid;
    details["publisher_authrole"] = publisher.authrole;
  }
  if (permit.trustlevel !== undefined) details["trustlevel"] = permit.trustlevel;
  copyPassthru(options, details);
  return details;
}
