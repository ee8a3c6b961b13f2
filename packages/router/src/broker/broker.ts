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
import { copyPassthru, isEmpty, NO_DETAILS } from "../payload/passthru.js";
import type { RealmServices } from "../realm-services.js";
import { OutgoingEvent } from "../session/outgoing-event.js";
import type { SessionInfo } from "../session/session-info.js";
import type { Session } from "../session/session.js";
import { AcceptedPublication, acknowledge } from "./accepted-publication.js";
import { FanOut } from "./fan-out.js";
import { ReceiverFilter } from "./receiver-filter.js";
import { RetainedEvents } from "./retained-events.js";
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

  /** @throws WampError when a limit is reached. */
  subscribe(session: Session, message: Subscribe): void {
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
    const { request, options, topic, payload } = message;
    if (options.disclose_me === true && permit.disclose === "never")
      throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "publishers are not disclosed for this topic");
    const publication = this.#realm.random.id();
    const details = eventDetails(publisher.info, options, permit);
    const filter = ReceiverFilter.of(options);
    const excluded = options.exclude_me === false ? undefined : publisher;
    const { index } = this.subscriptions;
    const exact = index.exact(topic);
    // Whoever is read from is held up by what it publishes; the router itself and testaments are not.
    this.#fanOut.begin(publisher.account === undefined);
    if (exact !== undefined) this.#deliver(exact, publisher, message, publication, details, filter);
    if (index.hasPatterns)
      for (const subscription of index.patterns(topic))
        this.#deliver(subscription, publisher, message, publication, { ...details, topic }, filter);
    const { stats } = this.#realm;
    stats.publications++;
    stats.fanOut.observe(this.#fanOut.receivers);
    const observed = this.#realm.events.has("publicationAccepted");
    if (options.acknowledge === true && !observed) publisher.send({ type: M.PUBLISHED, request, publication });
    // A list of session ids means nothing to later sessions, so such an event is not retained.
    if (options.retain === true && filter?.namesSessions !== true)
      this.#retained.store({ publication, topic, details, payload, filter, excluded: excluded?.info, options });
    if (observed) this.#notifyPlugins(publisher, message, publication, details);
    return this.#fanOut.ofPublisher(publisher.id);
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

  #deliver(
    subscription: Subscription,
    publisher: Session,
    { options, payload }: Publish,
    publication: Id,
    details: Dict,
    filter: ReceiverFilter | undefined,
  ): void {
    const event = new OutgoingEvent({ type: M.EVENT, subscription: subscription.id, publication, details, payload });
    this.#fanOut.deliver(publisher.id, {
      event,
      subscription,
      receivers: subscription.receivers(options.rkey),
      size: subscription.subscribers.size,
      filter,
      excluded: options.exclude_me === false ? undefined : publisher,
      account: publisher.account,
    });
  }

  /** Tells the plugins of a publication. Its acknowledgement comes after that, because a plugin may delay it. */
  #notifyPlugins(publisher: Session, message: Publish, id: Id, details: Dict): void {
    const { events, clock, logger } = this.#realm;
    const { receivers } = this.#fanOut;
    const facts = { details, publisher: publisher.info, published: clock.now(), receivers };
    const publication = new AcceptedPublication(id, message, facts);
    events.emit("publicationAccepted", publication);
    if (message.options.acknowledge !== true) return;
    events.afterwards(() => acknowledge(publisher, message.request, publication, logger));
  }
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
