import type { Logger } from "../logger.js";
import type { RealmEvents } from "./realm-events.js";

type Name = keyof RealmEvents;
interface Entry<K extends Name> {
  readonly plugin: string;
  readonly listener: RealmEvents[K];
}

/**
 * Tells listeners what happened in a realm. A listener that fails is logged under its plugin's name and hurts nobody;
 * an event that nobody listens to costs one look-up.
 */
export class EventHub {
  readonly #logger: Logger;
  /** What a listener brings about waits until all have heard of what came first: everybody hears of things in one order. */
  readonly #waiting: Array<() => void> = [];
  #telling = false;
  readonly #entries: { [K in Name]?: readonly Entry<K>[] | undefined } = {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<K extends Name>(event: K, plugin: string, listener: RealmEvents[K]): () => void {
    const entries = this.#entries as { [name in K]?: readonly Entry<K>[] | undefined };
    const entry: Entry<K> = { plugin, listener };
    entries[event] = [...(entries[event] ?? []), entry];
    return () => {
      const rest = entries[event]?.filter((other) => other !== entry);
      entries[event] = rest?.length === 0 ? undefined : rest;
    };
  }

  /** True when somebody listens: lets a caller on the fast path spare itself building the arguments. */
  has(event: Name): boolean {
    return this.#entries[event] !== undefined;
  }

  /** Listeners are told before this returns, unless it is called by one of them: then after the event that is being told. */
  emit<K extends Name>(event: K, ...args: Parameters<RealmEvents[K]>): void {
    const entries: readonly Entry<K>[] | undefined = this.#entries[event];
    if (entries === undefined) return;
    this.#waiting.push(() => this.#tell(event, entries, args));
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    } finally {
      this.#telling = false;
    }
  }

  #tell<K extends Name>(event: K, entries: readonly Entry<K>[], args: Parameters<RealmEvents[K]>): void {
    for (const { plugin, listener } of entries) {
      const failed = (error: unknown): void =>
        this.#logger.error({ plugin, event, error }, `plugin "${plugin}" failed in its ${event} listener`);
      try {
        const outcome: unknown = (listener as (...values: Parameters<RealmEvents[K]>) => unknown)(...args);
        // A listener written as an async function must not end the process with an unhandled rejection.
        if (outcome instanceof Promise) outcome.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}
