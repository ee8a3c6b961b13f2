import { MessageType as M, type Clock } from "@kreuz/codec";
import { OutgoingEvent } from "../session/outgoing-event.js";
import type { Session } from "../session/session.js";
import type { RetainedEvent, RetainedEvents } from "./retained-events.js";
import type { Subscription } from "./subscription.js";

/** Topics looked at per turn of the event loop, for all sessions together: about a millisecond. */
const MAX_TOPICS_PER_TURN = 1024;

/**
 * A session with more unsent bytes than this is not sent retained events. Far below the high-water mark of an outbox, so that
 * retained events do not crowd out those that are published meanwhile.
 */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Milliseconds until sessions that read slowly are looked at again. */
const POLL = 10;

/** The retained events of one subscription on their way to a session. */
interface Replay {
  readonly subscription: Subscription;
  readonly events: Iterator<RetainedEvent | undefined, void>;
}

/**
 * Sends retained events to new subscribers (spec: "Event Retention"), a bounded number per turn, and no faster than the
 * subscriber reads. What fits into one turn is sent at once.
 */
export class RetainedReplay {
  readonly #clock: Clock;
  readonly #retained: RetainedEvents;
  readonly #replays = new Map<Session, Replay[]>();
  #scheduled = false;

  constructor(clock: Clock, retained: RetainedEvents) {
    this.#clock = clock;
    this.#retained = retained;
  }

  start(session: Session, subscription: Subscription): void {
    const { uri, match } = subscription;
    const dropped = session.droppedEvents;
    const events = this.#retained.matching(uri, match, session.info, () => session.droppedEvents > dropped);
    const replay = { subscription, events };
    const waiting = this.#replays.get(session);
    session.account?.charge(0);
    if (waiting !== undefined) return void waiting.push(replay);
    this.#replays.set(session, [replay]);
    this.#send(session, MAX_TOPICS_PER_TURN);
    this.#schedule();
  }

  /** Forgets a leaving session. */
  remove(session: Session): void {
    session.account?.refund(0, this.#replays.get(session)?.length ?? 0);
    this.#replays.delete(session);
  }

  #schedule(): void {
    if (this.#scheduled || this.#replays.size === 0) return;
    this.#scheduled = true;
    const anyReady = [...this.#replays.keys()].some(isReady);
    this.#clock.schedule(anyReady ? 0 : POLL, this.#turn);
  }

  /** Every session that reads gets the same share of a turn. */
  readonly #turn = (): void => {
    this.#scheduled = false;
    const ready = [...this.#replays.keys()].filter(isReady);
    const share = Math.max(1, Math.floor(MAX_TOPICS_PER_TURN / ready.length));
    for (const session of ready.slice(0, MAX_TOPICS_PER_TURN)) {
      this.#send(session, share);
      this.#requeue(session);
    }
    this.#schedule();
  };

  /** Puts a session behind the others, where there are more than one turn can serve. */
  #requeue(session: Session): void {
    const replays = this.#replays.get(session);
    if (replays === undefined) return;
    this.#replays.delete(session);
    this.#replays.set(session, replays);
  }

  #send(session: Session, share: number): void {
    const replays = this.#replays.get(session) ?? [];
    for (let [replay] = replays, left = share; replay !== undefined; [replay] = replays) {
      for (; left > 0 && isReady(session); left--) {
        const next = replay.events.next();
        if (next.done === true || !replay.subscription.subscribers.has(session)) {
          replays.shift();
          session.account?.refund(0);
          break;
        }
        if (next.value !== undefined) session.sendEvent(eventFor(replay.subscription, next.value));
      }
      if (replay === replays[0]) return;
    }
    this.#replays.delete(session);
  }
}

function isReady(session: Session): boolean {
  return !session.congested && session.unsentBytes <= MAX_UNSENT_BYTES;
}

function eventFor({ id, match }: Subscription, event: RetainedEvent): OutgoingEvent {
  const { publication, topic, payload } = event;
  const details = { ...event.details, retained: true, ...(match === "exact" ? {} : { topic }) };
  return new OutgoingEvent({ type: M.EVENT, subscription: id, publication, details, payload });
}
