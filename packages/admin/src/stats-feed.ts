import type { RealmContext } from "@kreuz/router";
import { ADMIN_TOPICS, type Stats, type StatsChange } from "./contract.js";
import type { AdminSource } from "./source.js";
import { changeOf, readStats } from "./stats.js";
import type { Realms } from "./realms.js";

/** Milliseconds between two events. */
const INTERVAL = 1000;
/** So many connections more, and their bytes and outboxes are looked up an event later: looking costs each of them something. */
const CONNECTIONS_PER_EVENT = 10_000;

/** Publishes `kreuz.stats` while somebody subscribes. */
export class StatsFeed {
  readonly #realm: RealmContext;
  readonly #source: AdminSource;
  readonly #realms: Realms;
  #last: Stats | undefined;
  #sequence = 0;
  #cancel: (() => void) | undefined;
  /** Events until the next look at the connections. */
  #untilRefresh = 0;

  constructor(realm: RealmContext, source: AdminSource, realms: Realms) {
    this.#realm = realm;
    this.#source = source;
    this.#realms = realms;
    realm.on("subscriptionCreated", () => void this.#decide());
    realm.on("subscriptionDeleted", () => void this.#decide());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Starts with the first subscription that matches the topic, also a pattern, and stops with the last one. */
  async #decide(): Promise<void> {
    const isWanted = (await this.#realm.subscriptions.match(ADMIN_TOPICS.stats)).length > 0;
    if (isWanted === (this.#cancel !== undefined) || this.#realm.signal.aborted) return;
    this.stop();
    if (!isWanted) return;
    this.#last = this.#read();
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel = this.#realm.clock.schedule(INTERVAL, () => void this.#publish());
  }

  async #publish(): Promise<void> {
    const scheduled = this.#cancel;
    await this.#refresh();
    // It was stopped, or started anew, meanwhile.
    if (this.#cancel !== scheduled) return;
    const now = this.#read();
    const change: StatsChange = { ...changeOf(this.#last, now), at: now.at, sequence: ++this.#sequence };
    this.#last = now;
    this.#realm.publish(ADMIN_TOPICS.stats, { args: [change] });
    this.#schedule();
  }

  async #refresh(): Promise<void> {
    if (this.#untilRefresh-- > 0) return;
    let connections = 0;
    for (const { stats } of this.#source.listeners()) {
      for (const { count } of stats.open) connections += count;
      await stats.refresh();
    }
    this.#untilRefresh = Math.floor(connections / CONNECTIONS_PER_EVENT);
  }

  #read(): Stats {
    return readStats(this.#source, this.#realms.names, this.#realm.clock.now());
  }
}
