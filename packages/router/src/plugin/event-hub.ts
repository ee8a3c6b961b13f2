import { closest } from "@kreuz/codec";
import type { Logger } from "../logger.js";

/** Listeners by the name of their event. */
type Listeners<Events> = { [K in keyof Events]: (...values: never[]) => void };

interface Entry<Listener> {
  readonly plugin: string;
  readonly listener: Listener;
}

/**
 * Calls the plugins' listeners. A listener that fails is logged under its plugin's name, and the others still run. An
 * event without listeners costs one look-up.
 */
export class EventHub<Events extends Listeners<Events>> {
  readonly #names: Readonly<Record<keyof Events, true>>;
  readonly #logger: Logger;
  /** Events that listeners cause wait until the current event has reached every listener, so all see one order. */
  readonly #waiting: Array<() => void> = [];
  #emitting = false;
  readonly #entries: { [K in keyof Events]?: readonly Entry<Events[K]>[] | undefined } = {};

  /** @param names - of the events that there are. */
  constructor(names: Readonly<Record<keyof Events, true>>, logger: Logger) {
    this.#names = names;
    this.#logger = logger;
  }

  /** @throws TypeError for an event that does not exist. */
  on<K extends keyof Events & string>(event: K, plugin: string, listener: Events[K]): () => void {
    if (!Object.hasOwn(this.#names, event)) throw new TypeError(unknownEvent(event, Object.keys(this.#names)));
    const entries = this.#entries;
    const entry: Entry<Events[K]> = { plugin, listener };
    entries[event] = [...(entries[event] ?? []), entry];
    return () => {
      const rest = entries[event]?.filter((other) => other !== entry);
      entries[event] = rest?.length === 0 ? undefined : rest;
    };
  }

  /** Whether the event has listeners; lets the fast path skip building the arguments. */
  has(event: keyof Events): boolean {
    return this.#entries[event] !== undefined;
  }

  /** Calls the listeners before it returns. Called by a listener itself, it queues behind the current event. */
  emit<K extends keyof Events & string>(event: K, ...args: Parameters<Events[K]>): void {
    const entries = this.#entries[event];
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

  #notify<K extends keyof Events & string>(
    event: K,
    entries: readonly Entry<Events[K]>[],
    args: Parameters<Events[K]>,
  ): void {
    for (const { plugin, listener } of entries) {
      const failed = (error: unknown): void =>
        this.#logger.error({ plugin, event, error }, `plugin "${plugin}" failed in its ${event} listener`);
      try {
        const outcome: unknown = (listener as (...values: Parameters<Events[K]>) => unknown)(...args);
        // A listener written as an async function must not end the process with an unhandled rejection.
        if (outcome instanceof Promise) outcome.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}

function unknownEvent(event: string, names: readonly string[]): string {
  const meant = closest(event, names);
  const remedy = meant === undefined ? `the events are ${names.join(", ")}` : `did you mean "${meant}"?`;
  return `there is no event "${event}"; ${remedy}`;
}
