import { MessageType as M, type Clock } from "@kreuz/codec";
import { OutgoingEvent } from "../session/outgoing-event.js";
import type { Session } from "../session/session.js";
import type { RetainedEvent, RetainedEvents } from "./retained-events.js";
import type { Subscription } from "./subscription.js";

/** Topics looked at per turn of the event loop, for all sessions together: about a millisecond. */
const MAX_TOPICS_PER_TURN = 1024;

/** The retained events of one subscription on their way to a session. */
interface Replay {
  readonly subscription: Subscription;
  readonly events: Iterator<RetainedEvent | undefined, void>;
}

/**
 * Sends retained events to new subscribers (spec: "Event Retention"), a bounded number per turn, and no faster than the
 * subscriber reads: a session whose outbox is full goes on when it has drained. What fits into one turn is sent at once.
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

  /** Sessions with events on their way. */
  get pending(): number {
    return this.#replays.size;
  }

  start(session: Session, subscription: Subscription): void {
    const events = this.#retained.matching(subscription.uri, subscription.match, session.info);
    const replay = { subscription, events };
    const waiting = this.#replays.get(session);
    session.account?.charge(0);
    if (waiting !== undefined) return void waiting.push(replay);
    this.#replays.set(session, [replay]);
    this.#send(session, MAX_TOPICS_PER_TURN);
    this.#schedule();
  }

  /** The session's outbox has room again. */
  drained(session: Session): void {
    if (this.#replays.has(session)) this.#schedule();
  }

  /** Forgets a leaving session. */
  remove(session: Session): void {
    session.account?.refund(0, this.#replays.get(session)?.length ?? 0);
    this.#replays.delete(session);
  }

  #schedule(): void {
    if (this.#scheduled || ![...this.#replays.keys()].some((session) => !session.congested)) return;
    this.#scheduled = true;
    this.#clock.schedule(0, this.#turn);
  }

  /** Every session that can be sent to gets the same share of a turn. */
  readonly #turn = (): void => {
    this.#scheduled = false;
    const ready = [...this.#replays.keys()].filter((session) => !session.congested);
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
      for (; left > 0 && !session.congested; left--) {
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

function eventFor({ id, match }: Subscription, event: RetainedEvent): OutgoingEvent {
  const { publication, topic, payload } = event;
  const details = { ...event.details, retained: true, ...(match === "exact" ? {} : { topic }) };
  return new OutgoingEvent({ type: M.EVENT, subscription: id, publication, details, payload });
}
