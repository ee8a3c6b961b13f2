import type { Clock } from "@kreuz/codec";
import type { Action, Decision, SessionInfo } from "@kreuz/router";

/** Limits of an {@link AnswerCache}. */
export interface AnswerCacheLimits {
  /** Milliseconds that an answer stays valid. */
  readonly ttl: number;
  /** Number of answers; beyond it, the oldest answer is dropped. */
  readonly capacity: number;
}

interface Entry {
  readonly decision: Decision;
  readonly until: number;
}

/** Longer keys are not cached, to bound memory. */
const MAX_KEY_LENGTH = 1024;
const MAX_LIST_LENGTH = 64;

/** Caches the decisions of an authorizer that allowed it, each under everything that it may depend on. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #limits: AnswerCacheLimits;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, limits: AnswerCacheLimits) {
    this.#clock = clock;
    this.#limits = limits;
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
 * Serializes a question: the principal, how it authenticated, and the action. Session id and transport are left out: an
 * answer that depends on them must not be cached.
 *
 * @returns `undefined` for a question that is too long, or that JSON would not tell apart from others.
 */
export function cacheKey(
  { realm, authid, authrole, authmethod, authprovider }: SessionInfo,
  action: Action,
): string | undefined {
  const { type, uri, match, options = {} } = action;
  const entries = Object.entries(options);
  if (uri.length > MAX_KEY_LENGTH || !entries.every(([, value]) => isSimple(value))) return undefined;
  // The order of options does not matter.
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([type, match, uri, realm, authrole, authid, authmethod, authprovider, sorted]);
  return key.length > MAX_KEY_LENGTH ? undefined : key;
}

/** Whether JSON tells the value apart from every other value. */
function isSimple(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length <= MAX_LIST_LENGTH && value.every((element) => !Array.isArray(element) && isSimple(element));
  if (typeof value === "string") return value.length <= MAX_KEY_LENGTH;
  return typeof value === "boolean" || Number.isFinite(value);
}
