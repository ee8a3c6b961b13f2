import type { Clock } from "@kreuz/codec";
import type { Action, Decision, SessionInfo } from "@kreuz/router";

/** Bounds of what is remembered. */
export interface AnswerCacheLimits {
  /** Milliseconds that an answer is good for. */
  readonly ttl: number;
  /** Answers that are kept; the one that was given longest ago gives way. */
  readonly capacity: number;
}

interface Entry {
  readonly decision: Decision;
  readonly until: number;
}

/** Questions in longer words are asked again each time: the bound is one of memory, too. */
const LONGEST_KEY = 1024;
const LONGEST_LIST = 64;

/** Answers of an authorizer that said that they may be kept, each under everything that it may depend on. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #limits: AnswerCacheLimits;
  /** In the order in which they were given. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, limits: AnswerCacheLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Decision | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.now() < entry.until) return entry.decision;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, decision: Decision): void {
    this.#entries.delete(key);
    this.#entries.set(key, { decision, until: this.#clock.now() + this.#limits.ttl });
    if (this.#entries.size <= this.#limits.capacity) return;
    for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest);
  }

  clear(): void {
    this.#entries.clear();
  }
}

/**
 * Everything that an answer may depend on, as text: the principal (spec: "Authorization"), how it proved to be that, and
 * the whole question. The session id is not in it, nor the transport; an answer that depends on these must not be kept.
 *
 * @returns `undefined` for a question that cannot be told from all others in few words.
 */
export function keyOf(
  { realm, authid, authrole, authmethod, authprovider }: SessionInfo,
  action: Action,
): string | undefined {
  const { type, uri, match, options = {} } = action;
  const entries = Object.entries(options);
  if (uri.length > LONGEST_KEY || !entries.every(([, value]) => isSimple(value))) return undefined;
  // The same options in another order are the same question.
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([type, match, uri, realm, authrole, authid, authmethod, authprovider, sorted]);
  return key.length > LONGEST_KEY ? undefined : key;
}

/** What JSON tells apart from every other value. */
function isSimple(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length <= LONGEST_LIST && value.every((element) => !Array.isArray(element) && isSimple(element));
  if (typeof value === "string") return value.length <= LONGEST_KEY;
  return typeof value === "boolean" || Number.isFinite(value);
}
