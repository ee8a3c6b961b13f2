import type { ExtensionRef } from "@kreuz/codec";
import {
  type Meter,
  type MeterCounter,
  type MeterHistogram,
  type Plugin,
  PluginError,
  type RealmContext,
  type RealmPart,
} from "@kreuz/router";

/** A part that is not set up yet. */
interface WaitingPart {
  /** Of its place: what it is called in logs and metrics. */
  readonly name: string;
  readonly part: RealmPart;
}

/**
 * The authenticators and authorizers of packages in one realm. Those that the config names as before stay as they are when it
 * is read again; new ones are set up before they are used.
 */
export class RealmParts {
  readonly #ready = new Map<string, RealmPart>();
  #waiting = new Map<string, WaitingPart>();
  /** By name: a part that replaces another one works with the same context, and goes on with its metrics. */
  readonly #contexts = new Map<string, RealmContext>();

  /** @returns the part that is to be used: the one in use, if the same reference was at this place, or this one. */
  use<T extends RealmPart>(name: string, ref: ExtensionRef, made: T): T {
    const key = JSON.stringify([name, ref]);
    const used = this.#ready.get(key);
    if (used !== undefined) return used as T;
    this.#waiting.set(key, { name, part: made });
    return made;
  }

  /** The plugins that set up the parts that are new, for a realm that is about to open. */
  newPlugins(): readonly Plugin[] {
    const waiting = this.#takeWaiting();
    for (const [key, { part }] of waiting) this.#ready.set(key, part);
    return [...waiting.values()].flatMap((one) => (one.part.setup === undefined ? [] : [this.#pluginOf(one)]));
  }

  /**
   * Sets up the parts that are new in a realm that is open.
   * @throws PluginError when one fails; then none of them is used.
   */
  async setUp(addPlugin: (plugin: Plugin) => Promise<unknown>): Promise<void> {
    const waiting = this.#takeWaiting();
    for (const { name, part } of waiting.values()) {
      const context = this.#contexts.get(name);
      if (context === undefined) await addPlugin(this.#pluginOf({ name, part }));
      else await setUpAgain(name, part, context);
    }
    for (const [key, { part }] of waiting) this.#ready.set(key, part);
  }

  #takeWaiting(): ReadonlyMap<string, WaitingPart> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    return waiting;
  }

  #pluginOf({ name, part }: WaitingPart): Plugin {
    return {
      name,
      setup: async (realm) => {
        const context = { ...realm, meter: lastingMeter(realm.meter) };
        this.#contexts.set(name, context);
        await part.setup?.(context);
      },
    };
  }
}

async function setUpAgain(name: string, part: RealmPart, context: RealmContext): Promise<void> {
  try {
    await part.setup?.(context);
  } catch (error) {
    throw new PluginError(name, "setup", error);
  }
}

/** Metrics that outlive the part that made them: its successor gets the same ones, and goes on where it was. */
function lastingMeter(meter: Meter): Meter {
  const counters = new Map<string, MeterCounter>();
  const histograms = new Map<string, MeterHistogram>();
  const gauges = new Map<string, () => number>();
  return {
    counter: (name, help, labels) => kept(counters, [name, labels], () => meter.counter(name, help, labels)),
    histogram: (name, help, buckets) => kept(histograms, [name, buckets], () => meter.histogram(name, help, buckets)),
    gauge(name, help, read) {
      if (!gauges.has(name)) meter.gauge(name, help, () => gauges.get(name)!());
      gauges.set(name, read);
    },
  };
}

function kept<T>(metrics: Map<string, T>, settings: unknown, make: () => T): T {
  const key = JSON.stringify(settings);
  const known = metrics.get(key) ?? make();
  metrics.set(key, known);
  return known;
}
