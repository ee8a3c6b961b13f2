import {
  ErrorUri,
  MessageType as M,
  WampError,
  type Dict,
  type Id,
  type Publish,
  type Subscribe,
  type Unsubscribe,
} from "@kreuz/codec";
import { eventDetails } from "./event-details.js";
import { FanOut } from "./fan-out.js";
import { OutgoingEvent } from "../session/outgoing-event.js";
import { ALLOWED, type Permit } from "../auth/permit.js";
import type { RealmServices } from "../realm-services.js";
import { ReceiverFilter } from "./receiver-filter.js";
import { RetainedEvents } from "./retained-events.js";
import type { Session } from "../session/session.js";
import type { Subscription } from "./subscription.js";
import { Subscriptions } from "./subscriptions.js";

/** Publications and events of one realm (spec: "Publish and Subscribe"). */
export class Broker {
  readonly subscriptions: Subscriptions;
  readonly #realm: RealmServices;
  readonly #retained: RetainedEvents;
  readonly #fanOut: FanOut;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.#fanOut = new FanOut(realm.clock);
    this.subscriptions = new Subscriptions(realm);
    this.#retained = new RetainedEvents(realm.limits, realm.metrics);
  }

  /** Topics with a retained event. */
  get retainedTopics(): number {
    return this.#retained.size;
  }

  /**
   * Until when everything that a session has published is handed out, where that takes more than one turn. Until then it
   * should not be listened to: what it says is kept otherwise.
   */
  handingOut(publisher: Session): Promise<void> | undefined {
    return this.#fanOut.ofPublisher(publisher.id);
  }

  /** @throws WampError when a limit forbids it. */
  subscribe(session: Session, message: Subscribe): void {
    const subscription = this.subscriptions.subscribe(session, message);
    if (message.options.get_retained === true) this.#sendRetained(subscription, session);
  }

  /** @throws WampError when the session does not hold that subscription. */
  unsubscribe(session: Session, message: Unsubscribe): void {
    this.subscriptions.unsubscribe(session, message);
  }

  /** @throws WampError when the publisher may not have what it asks for. */
  publish(publisher: Session, message: Publish, permit: Permit = ALLOWED): void {
    const { request, options, topic, payload } = message;
    checkPublication(message, permit);
    const publication = this.#realm.random.id();
    const details = eventDetails(publisher.info, message, permit);
    const filter = ReceiverFilter.of(options);
    const excluded = options.exclude_me === false ? undefined : publisher;
    const { index } = this.subscriptions;
    const exact = index.exact(topic);
    const deliver = (subscription: Subscription, details: Dict): void => {
      const event = new OutgoingEvent({ type: M.EVENT, subscription: subscription.id, publication, details, payload });
      const receivers = subscription.receivers(options.rkey);
      const { size } = subscription.subscribers;
      this.#fanOut.deliver(publisher.id, { event, subscription, receivers, size, filter, excluded });
    };
    this.#fanOut.begin();
    if (exact !== undefined) deliver(exact, details);
    if (index.hasPatterns)
      for (const subscription of index.patterns(topic)) deliver(subscription, { ...details, topic });
    if (options.acknowledge === true) publisher.send({ type: M.PUBLISHED, request, publication });
    // Lists of session ids mean nothing to those who come later, so such an event is not kept.
    if (options.retain === true && filter?.namesSessions !== true)
      this.#retained.store({ publication, topic, details, payload, filter, excluded: excluded?.info, options });
    this.#tell(publisher, message, publication, details);
  }

  /** Takes a session that leaves off all its subscriptions. */
  remove(session: Session): void {
    this.subscriptions.remove(session);
  }

  #sendRetained(subscription: Subscription, session: Session): void {
    const { id, uri, match } = subscription;
    for (const event of this.#retained.matching(uri, match, session.info)) {
      const { publication, topic, payload } = event;
      const details = { ...event.details, retained: true, ...(match === "exact" ? {} : { topic }) };
      session.sendEvent(new OutgoingEvent({ type: M.EVENT, subscription: id, publication, details, payload }));
    }
  }

  #tell({ info: publisher }: Session, { topic, payload, options }: Publish, id: Id, details: Dict): void {
    if (!this.#realm.events.has("publicationAccepted")) return;
    const published = this.#realm.clock.now();
    this.#realm.events.emit("publicationAccepted", { id, topic, payload, options, details, publisher, published });
  }
}

function checkPublication({ options }: Publish, permit: Permit): void {
  if (options.disclose_me === true && permit.disclose === "never")
    throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "this router does not disclose publishers here");
}
