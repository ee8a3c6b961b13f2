import { ADMIN, ADMIN_TOPICS, type Stats, type StatsChange } from "@kreuz/admin/contract";
import type { Subscription } from "@kreuz/client";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { layOver } from "../api/lay-over.js";
import type { RouterApi } from "../api/router-api.js";
import { History } from "./history.js";
import { sampleOf } from "./sample.js";

/** The router's numbers, brought up to date once a second, and the last ten minutes of the realms that were looked at. */
export class LiveStats {
  readonly #api: RouterApi;
  readonly #onProblem: (error: unknown) => void;
  readonly #stats: Signal<Stats | undefined> = signal(undefined);
  #before: Stats | undefined;
  readonly #histories = new Map<string, History>();
  #subscription: Subscription | undefined;
  #sequence: number | undefined;
  /** Changes that came while the whole was on its way. */
  #waiting: StatsChange[] | undefined;

  constructor(api: RouterApi, onProblem: (error: unknown) => void) {
    this.#api = api;
    this.#onProblem = onProblem;
  }

  /** The numbers as they are; undefined until they are there. Changes once a second. */
  get stats(): ReadonlySignal<Stats | undefined> {
    return this.#stats;
  }

  /** The numbers of about a second before; undefined when there were none. */
  get before(): Stats | undefined {
    return this.#before;
  }

  /** The history of a realm, which begins when it is looked at for the first time. */
  history(realm: string): History {
    let history = this.#histories.get(realm);
    if (history === undefined) this.#histories.set(realm, (history = new History()));
    return history;
  }

  async start(): Promise<void> {
    this.#subscription = await this.#api.session.subscribe(ADMIN_TOPICS.stats, ({ args }) =>
      this.receive(args[0] as StatsChange),
    );
    await this.reload();
  }

  /** Gets the whole again: at the start, after a lost connection, and when a change was missed. */
  async reload(): Promise<void> {
    if (this.#waiting !== undefined) return;
    this.#waiting = [];
    this.#sequence = undefined;
    try {
      const whole = await this.#api.ask(ADMIN.getStats, []);
      const later = this.#waiting.filter(({ at }) => at > whole.at);
      this.#waiting = undefined;
      this.#stats.value = whole;
      for (const change of later) this.receive(change);
    } catch (error) {
      this.#waiting = undefined;
      this.#onProblem(error);
    }
  }

  receive({ sequence, ...change }: StatsChange): void {
    if (this.#waiting !== undefined) return void this.#waiting.push({ ...change, sequence } as StatsChange);
    const before = this.#stats.value;
    const isNext = this.#sequence === undefined || sequence === this.#sequence + 1;
    if (before === undefined || !isNext) return void this.reload();
    this.#sequence = sequence;
    const now = layOver(before, change as never) as Stats;
    for (const [realm, history] of this.#histories) history.add(now.at, sampleOf(realm, now, before));
    this.#before = before;
    this.#stats.value = now;
  }

  async stop(): Promise<void> {
    await this.#subscription?.unsubscribe();
  }
}
