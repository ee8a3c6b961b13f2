import type { Clock } from "@kreuz/codec";
import { Flusher } from "../output/flusher.js";

/** What one connection may take of a turn while nobody else waits, and at least when its time comes, in milliseconds. */
const MAX_SLICE = 2;
const MIN_SLICE = 0.2;
/** What all connections that wait may take of a turn, and then what little data that arrives in it may take. */
const WAITING_TIME = 4;
const ARRIVING_TIME = 4;
/** The time of those that wait is served in this many steps; what somebody leaves to `process.nextTick` runs after its step. */
const STEPS = 4;
/** Data of more bytes can hold so many messages that it waits for its turn like all that wait. */
export const FEW_BYTES = 4096;

/** Somebody whose time in a turn was over, or for whom there was none. */
export interface Paced {
  /** Whether it has much left to do, as far as is known. */
  readonly busy: boolean;
  /** Whether it reads because its time has come: what arrives does not wait like that of others. Absent: never. */
  readonly admitted?: boolean;
  /** Kept by the pace: what it has had of the time, compared with the fair share. Begins with 0. */
  had: number;
  /** Goes on until its slice is over. */
  proceed(): void;
}

/**
 * Divides the time of the event loop among the connections of a listener. Who is alone, or the only one with work left,
 * gets much; many that all have work left share.
 *
 * A turn is bounded, however many connections there are. It begins with those that wait: each gets a slice, one after the
 * other, until the time for them is over; the rest comes first in the next turn. Then data arrives. Little data is handled
 * at once while there is time for it, and early in the next turn otherwise, so that who sends little does not wait for those
 * that send much. Who sends little so often that it has had more than its share of the time waits like those that send much.
 */
export class Pace {
  /** Flushes output at the end of each turn, and numbers the turns. */
  readonly flusher: Flusher = new Flusher();
  readonly #stopwatch: Pick<Clock, "now">;
  /** Who sent little when there was no time for it; and who has more work than fits into a slice. */
  #late = new Line();
  #busy = new Line();
  /** When the time of those that wait began, and how many of its steps are left. */
  #began = 0;
  #steps = 0;
  /** The turn in which data arrived last, and when the first of it did. */
  #turn = -1;
  #arrivingSince = 0;
  /** What each of those that send little has had, on average, since the pace began, in milliseconds. */
  #share = 0;
  /** How many waited when the turn began: of those that send little, and of all. */
  #lateCount = 0;
  #allCount = 0;
  /** How many were admitted when others waited last, and the time that is kept for them, in milliseconds. */
  #admitted = 0;
  #kept = 0;
  /** Whose data is being handled, and since when. Only while others wait: until then, nothing is scarce. */
  #handled: Paced | undefined;
  #handledSince = 0;

  /** @param stopwatch - finer than a millisecond. A jump does no harm: it measures time within one turn only. */
  constructor(stopwatch: Pick<Clock, "now">) {
    this.#stopwatch = stopwatch;
  }

  /** The current turn of the event loop: a different number in each. */
  get turn(): number {
    return this.flusher.turn;
  }

  now(): number {
    return this.#stopwatch.now();
  }

  /** How long a connection may go on in this turn, in milliseconds. One frame is delivered in any case. */
  get slice(): number {
    return Math.max(MIN_SLICE, Math.min(MAX_SLICE, WAITING_TIME / (this.#busy.length + this.#admitted + 1)));
  }

  /** Whether others have much left to do: whoever sends much is to {@link await} its turn before it reads more. */
  get crowded(): boolean {
    return this.#busy.length > 0;
  }

  /** Keeps time for somebody that is being served, and reads now. */
  admit(): void {
    this.#admitted++;
    this.#kept += this.slice;
  }

  /** Whether data that arrives now is to be handled now. If not, whoever it arrives at is to {@link await} its turn. */
  hasTime(bytes: number, item: Paced): boolean {
    if (bytes > FEW_BYTES && this.crowded && item.admitted !== true) return false;
    const { turn } = this.flusher;
    const now = this.#stopwatch.now();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#arrivingSince = now;
    }
    return (
      now - this.#arrivingSince < ARRIVING_TIME &&
      (this.#waiting === 0 || item.admitted === true || this.#handles(item, now))
    );
  }

  get #waiting(): number {
    return this.#late.length + this.#busy.length;
  }

  /** Notes whose time begins, unless it has had its share: then those that wait are first. */
  #handles(item: Paced, now: number): boolean {
    this.#handledUntil(now);
    if (item.had > this.#share) return false;
    this.#handled = item;
    this.#handledSince = now;
    return true;
  }

  #handledUntil(now: number): void {
    if (this.#handled !== undefined) this.#spend(this.#handled, now - this.#handledSince, this.#lateCount);
    this.#handled = undefined;
  }

  /**
   * Notes what somebody has had, one of so many. Who did not use its share in time has lost it; who had much more
   * has had it again soon.
   */
  #spend(item: Paced, time: number, count: number): void {
    item.had = Math.min(Math.max(item.had, this.#share) + time, this.#share + MAX_SLICE);
    this.#share += time / Math.max(1, count);
  }

  /** Lets somebody proceed in a later turn. */
  await(item: Paced): void {
    if (this.#handled === item) this.#handledUntil(this.#stopwatch.now());
    (this.#isBusy(item) ? this.#busy : this.#late).add(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#steps > 0) return;
    this.#steps = STEPS;
    for (let step = 0; step < STEPS; step++) setImmediate(this.#proceed);
  }

  readonly #proceed = (): void => {
    if (this.#steps === STEPS) this.#begin();
    this.#steps--;
    const end = this.#began + WAITING_TIME * (1 - this.#steps / STEPS);
    const lateEnd = this.#began + (this.#busy.left === 0 ? WAITING_TIME : WAITING_TIME / 2);
    this.#serve(this.#late, Math.min(end, lateEnd));
    this.#serve(this.#busy, end);
    if (this.#steps === 0 && this.#waiting > 0) this.#schedule();
  };

  /** Serves those that are left in a line until the time is over, and one in a turn in any case. */
  #serve(line: Line, end: number): void {
    let now = this.#stopwatch.now();
    while (line.left > 0 && (line.isFirst || now + this.#kept < end)) {
      const item = line.serve();
      const before = now;
      now = this.#stopwatch.now();
      this.#spend(item, now - before, line === this.#late ? this.#lateCount : this.#allCount);
    }
  }

  #begin(): void {
    this.#began = this.#stopwatch.now();
    this.#admitted = this.#kept = 0;
    this.#handledUntil(this.#began);
    this.#sort();
    this.#lateCount = this.#late.begin();
    this.#allCount = this.#lateCount + this.#busy.begin();
  }

  /** Whoever had little left when its slice was over may have been reading; who had its share may be due again. */
  #sort(): void {
    const late = this.#busy.takeOut((item) => !this.#isBusy(item));
    for (const item of this.#late.takeOut(this.#isBusy)) this.#busy.add(item);
    for (const item of late) this.#late.add(item);
  }

  readonly #isBusy = (item: Paced): boolean => item.busy || item.had > this.#share;
}

/** Those that wait, in order. */
class Line {
  #waiting: Paced[] = [];
  #next = 0;
  /** How many are to be served in this turn. Who waits again waits for the next. */
  #left = 0;
  #isFirst = true;

  get isFirst(): boolean {
    return this.#isFirst;
  }

  get left(): number {
    return this.#left;
  }

  get length(): number {
    return this.#waiting.length - this.#next;
  }

  add(item: Paced): void {
    this.#waiting.push(item);
  }

  /** @returns how many are to be served. */
  begin(): number {
    this.#isFirst = true;
    return (this.#left = this.length);
  }

  /** Lets the first of those that are left proceed. */
  serve(): Paced {
    this.#isFirst = false;
    this.#left--;
    const item = this.#take();
    item.proceed();
    return item;
  }

  /** Takes out those that are chosen, in order. */
  takeOut(isChosen: (item: Paced) => boolean): readonly Paced[] {
    const chosen: Paced[] = [];
    for (let index = this.#next; index < this.#waiting.length; index++)
      if (isChosen(this.#waiting[index]!)) chosen.push(this.#waiting[index]!);
    if (chosen.length === 0) return chosen;
    this.#waiting = this.#waiting.slice(this.#next).filter((item) => !isChosen(item));
    this.#next = 0;
    return chosen;
  }

  #take(): Paced {
    const first = this.#waiting[this.#next++]!;
    // What was taken is cut off seldom enough that each is moved about once.
    if (this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return first;
  }
}
