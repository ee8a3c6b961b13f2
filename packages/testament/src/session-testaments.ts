import { ConfigError, ErrorUri, WampError } from "@kreuz/codec";
import type { Bequest, Scope } from "./testament-arguments.js";

/** Bounds of what sessions may leave behind. */
export interface TestamentOptions {
  /** Testaments that one session may have, in both scopes together. Default 100. */
  readonly testamentsPerSession?: number;
  /** Bytes that they may take together: topics, options and payloads, roughly as encoded. Default 64 KiB. */
  readonly bytesPerSession?: number;
}

export type TestamentLimits = Required<TestamentOptions>;

/** Fills in the defaults. @throws ConfigError when a limit is not a positive integer. */
export function limitsWithDefaults(options: TestamentOptions = {}): TestamentLimits {
  const { testamentsPerSession = 100, bytesPerSession = 64 * 1024 } = options;
  const limits = { testamentsPerSession, bytesPerSession };
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`testament.${name}`, `expected a positive integer, got ${String(value)}`);
  return limits;
}

interface Entry {
  readonly bequest: Bequest;
  /** Until then it only keeps its place in the order. */
  granted: boolean;
}

/** The testaments of one session (spec: "Session Testament"): two buckets, each in the order in which they were added. */
export class Will {
  readonly #limits: TestamentLimits;
  #detached: readonly Entry[] = [];
  #destroyed: readonly Entry[] = [];

  constructor(limits: TestamentLimits) {
    this.#limits = limits;
  }

  /**
   * Reserves the next place. The caller grants the testament, or takes it back.
   * @throws WampError `wamp.error.limit_exceeded`
   */
  reserve(scope: Scope, bequest: Bequest): { grant(): void; takeBack(): void } {
    this.#checkLimits(bequest);
    const entry: Entry = { bequest, granted: false };
    this.#set(scope, [...this.#bucket(scope), entry]);
    return {
      grant: () => {
        entry.granted = true;
      },
      takeBack: () =>
        this.#set(
          scope,
          this.#bucket(scope).filter((other) => other !== entry),
        ),
    };
  }

  /** Drops the testaments of one scope, those that wait to be granted included. */
  flush(scope: Scope): void {
    this.#set(scope, []);
  }

  /** What is to be published: the `detached` ones, then the `destroyed` ones. */
  granted(): readonly Bequest[] {
    return [...this.#detached, ...this.#destroyed].filter(({ granted }) => granted).map(({ bequest }) => bequest);
  }

  #bucket(scope: Scope): readonly Entry[] {
    return scope === "detached" ? this.#detached : this.#destroyed;
  }

  #set(scope: Scope, entries: readonly Entry[]): void {
    if (scope === "detached") this.#detached = entries;
    else this.#destroyed = entries;
  }

  #checkLimits({ bytes }: Bequest): void {
    const { testamentsPerSession, bytesPerSession } = this.#limits;
    const entries = [...this.#detached, ...this.#destroyed];
    if (entries.length >= testamentsPerSession)
      throw exceeded(`a session may have at most ${testamentsPerSession} testaments`);
    if (entries.reduce((sum, { bequest }) => sum + bequest.bytes, bytes) > bytesPerSession)
      throw exceeded(`the testaments of a session may take at most ${bytesPerSession} bytes`);
  }
}

function exceeded(message: string): WampError {
  return new WampError(ErrorUri.LIMIT_EXCEEDED, message);
}
