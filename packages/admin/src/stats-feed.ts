import type { RealmContext } from "@kreuz/router";
import type { AllStats } from "./all-stats.js";
import { ADMIN_TOPICS, type Stats, type StatsChange } from "./contract.js";
import type { AdminSource } from "./source.js";
import { changeOf } from "./stats.js";

/** Milliseconds between two events. */
const INTERVAL = 1000;

/** Publishes `kreuz.stats` while somebody of this node subscribes. */
export class StatsFeed {
  readonly #realm: RealmContext;
  readonly #router: AdminSource["router"];
  readonly #stats: AllStats;
  #last: Stats | undefined;
  #sequence = 0;
  #cancel: (() => void) | undefined;

  constructor(realm: RealmContext, { router }: AdminSource, stats: AllStats) {
    this.#realm = realm;
    this.#router = router;
    this.#stats = stats;
    realm.on("subscriberAdded", () => void this.#decide());
    realm.on("subscriberRemoved", () => void this.#decide());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Starts with the first subscription that matches the topic, also a pattern, and stops with the last one. */
  async #decide(): Promise<void> {
    const inspection = this.#router.inspect(this.#realm.uri);
    const matching = await this.#realm.subscriptions.match(ADMIN_TOPICS.stats);
    const isWanted = matching.some(({ id }) => (inspection?.subscriberCount(id) ?? 0) > 0);
    if (isWanted === (this.#cancel !== undefined) || this.#realm.signal.aborted) return;
    this.stop();
    if (!isWanted) return;
    // In a cluster, what the others have is heard with the first event, which says everything.
    this.#last = this.#realm.nodes === undefined ? this.#stats.here() : undefined;
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel = this.#realm.clock.schedule(INTERVAL, () => void this.#publish());
  }

  async #publish(): Promise<void> {
    const scheduled = this.#cancel;
    const now = await this.#stats.prompt();
    // It was stopped, or started anew, meanwhile.
    if (this.#cancel !== scheduled) return;
    // What is gone cannot be said by a change.
    this.#sequence += isLess(this.#last, now) ? 2 : 1;
    const change: StatsChange = { ...changeOf(this.#last, now), at: now.at, sequence: this.#sequence };
    this.#last = now;
    this.#realm.publish(ADMIN_TOPICS.stats, { args: [change] });
    this.#schedule();
  }
}

/** Whether a realm or a listener is gone. */
function isLess(before: Stats | undefined, now: Stats): boolean {
  if (before === undefined) return false;
  return (["realms", "listeners"] as const).some((kind) =>
    Object.keys(before[kind]).some((name) => !Object.hasOwn(now[kind], name)),
  );
}
