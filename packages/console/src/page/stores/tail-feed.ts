import { ADMIN, type Match, type TailEvent, type TailRequest } from "@kreuz/admin/contract";
import type { Subscription } from "@kreuz/client";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { problemOf } from "../api/problem.js";
import type { RouterApi } from "../api/router-api.js";
import { EventLog } from "./event-log.js";

/** Events that are kept. */
const KEPT_EVENTS = 1000;

/** An event, with a number of its own: publications need not be unique in a list. */
export interface TailedEvent extends TailEvent {
  readonly key: number;
}

/** What is listened to. */
export interface TailTarget {
  readonly realm: string;
  readonly topic: string;
  readonly match: Match;
  readonly perSecond: number;
}

export type TailState =
  | { readonly phase: "idle" }
  | { readonly phase: "starting"; readonly target: TailTarget }
  | { readonly phase: "running"; readonly target: TailTarget }
  | { readonly phase: "failed"; readonly target: TailTarget; readonly problem: string };

/** The events of a topic or pattern, as the router shows them: at most so many a second, the others counted. */
export class TailFeed {
  readonly log: EventLog<TailedEvent>;
  readonly #api: RouterApi;
  readonly #state: Signal<TailState> = signal({ phase: "idle" });
  readonly #skipped = signal(0);
  #subscription: Subscription | undefined;
  #tail: number | undefined;
  #keys = 0;
  /** Counts starts and stops: an answer that comes after the next one is too late. */
  #turn = 0;

  constructor(api: RouterApi, later: (show: () => void) => void) {
    this.#api = api;
    this.log = new EventLog(KEPT_EVENTS, later);
  }

  get state(): ReadonlySignal<TailState> {
    return this.#state;
  }

  /** Events that the router did not show because there were too many. */
  get skipped(): ReadonlySignal<number> {
    return this.#skipped;
  }

  async start(target: TailTarget): Promise<void> {
    await this.stop();
    this.clear();
    await this.#start(target);
  }

  /** Begins again after a lost connection: the router forgot the tail with the session. */
  async resume(): Promise<void> {
    const state = this.#state.value;
    if (state.phase !== "running") return;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.unsubscribe();
    await this.#start(state.target);
  }

  async stop(): Promise<void> {
    this.#turn++;
    const [subscription, tail] = [this.#subscription, this.#tail];
    this.#subscription = undefined;
    this.#tail = undefined;
    this.#state.value = { phase: "idle" };
    // It may have ended by itself.
    if (tail !== undefined) await this.#api.ask(ADMIN.untail, [tail]).catch(() => {});
    await subscription?.unsubscribe();
  }

  clear(): void {
    this.log.clear();
    this.#skipped.value = 0;
  }

  async #start(target: TailTarget): Promise<void> {
    const turn = ++this.#turn;
    this.#state.value = { phase: "starting", target };
    const { realm, topic, match, perSecond } = target;
    const request: TailRequest = { match, perSecond };
    try {
      const started = await this.#api.ask(ADMIN.tail, [realm, topic], request);
      const subscription = await this.#api.session.subscribe(started.topic, ({ args }) =>
        this.#receive(args[0] as TailEvent),
      );
      if (turn !== this.#turn) {
        await subscription.unsubscribe();
        await this.#api.ask(ADMIN.untail, [started.tail]).catch(() => {});
        return;
      }
      this.#tail = started.tail;
      this.#subscription = subscription;
      this.#state.value = { phase: "running", target };
    } catch (error) {
      if (turn === this.#turn) this.#state.value = { phase: "failed", target, problem: problemOf(error) };
    }
  }

  #receive(event: TailEvent): void {
    this.#skipped.value += event.skipped;
    this.log.add({ ...event, key: this.#keys++ });
  }
}
