import { closest } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import { EVENT_NAMES, type RealmEvents } from "./realm-events.js";

type Name = keyof RealmEvents;
interface Entry<K extends Name> {
  readonly plugin: string;
  readonly listener: RealmEvents[K];
}

/**
 * Calls the plugins' listeners. A listener that fails is logged under its plugin's name, and the others still run. An
 * event without listeners costs one look-up.
 */
export class EventHub {
  readonly #logger: Logger;
  /** Events that listeners cause wait until the current event has reached every listener, so all see one order. */
  readonly #waiting: Array<() => void> = [];
  #emitting = false;
  readonly #entries: { [K in Name]?: readonly Entry<K>[] | undefined } = {};

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws TypeError for an event that does not exist. */
  on<K extends Name>(event: K, plugin: string, listener: RealmEvents[K]): () => void {
    if (!Object.hasOwn(EVENT_NAMES, event)) throw new TypeError(unknownEvent(event));
    const entries = this.#entries as { [name in K]?: readonly Entry<K>[] | undefined };
    const entry: Entry<K> = { plugin, listener };
    entries[event] = [...(entries[event] ?? []), entry];
    return () => {
      const rest = entries[event]?.filter((other) => other !== entry);
      entries[event] = rest?.length === 0 ? undefined : rest;
    };
  }

  /** Whether the event has listeners; lets the fast path skip building the arguments. */
  has(event: Name): boolean {
    return this.#entries[event] !== undefined;
  }

  /** Calls the listeners before it returns. Called by a listener itself, it queues behind the current event. */
  emit<K extends Name>(event: K, ...args: Parameters<RealmEvents[K]>): void {
    const entries: readonly Entry<K>[] | undefined = this.#entries[event];
    if (entries === undefined) return;
    this.afterwards(() => this.#notify(event, entries, args));
  }

  /** Runs an action once the events so far have reached their listeners: at once, unless a listener calls it. */
  afterwards(action: () => void): void {
    this.#waiting.push(action);
    if (this.#emitting) return;
    this.#emitting = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    } finally {
      this.#emitting = false;
    }
  }

  #notify<K extends Name>(event: K, entries: readonly Entry<K>[], args: Parameters<RealmEvents[K]>): void {
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

function unknownEvent(event: string): string {
  const names = Object.keys(EVENT_NAMES);
  const meant = closest(event, names);
  const remedy = meant === undefined ? `the events are ${names.join(", ")}` : `did you mean "${meant}"?`;
  return `there is no event "${event}"; ${remedy}`;
}
