import { ErrorUri, WampError, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { RouterLimits } from "../limits.js";
import type { PatternIndex } from "../matching/pattern-index.js";
import type { Metrics } from "../metrics.js";
import type { Session } from "./session.js";

/** What sessions hold: subscriptions or registrations. */
interface Held {
  readonly uri: Uri;
}

interface Services {
  readonly limits: RouterLimits;
  readonly metrics: Metrics;
}

/** The two kinds of holdings, with their limits. */
const KINDS = {
  subscription: { limit: "subscriptionsPerSession", metric: "limit_subscriptions_per_session" },
  registration: { limit: "registrationsPerSession", metric: "limit_registrations_per_session" },
} as const;

/** What one holding is charged besides its URI: the object, its entries in the index and the sets, the session's record. */
const PIECES = 4;

/** The subscriptions or registrations that each session holds. */
export class Holdings<T extends Held> {
  readonly #kind: keyof typeof KINDS;
  readonly #services: Services;
  readonly #bySession = new Map<Session, Set<T>>();

  constructor(kind: keyof typeof KINDS, services: Services) {
    this.#kind = kind;
    this.#services = services;
  }

  /** Sessions that hold anything. */
  get size(): number {
    return this.#bySession.size;
  }

  /** @throws WampError `wamp.error.limit_exceeded` when the session has its number. */
  check(session: Session, uri: Uri, match: MatchPolicy, index: PatternIndex<T>): void {
    const { limit: name, metric } = KINDS[this.#kind];
    const limit = this.#services.limits[name];
    if (!session.trusted && (this.#bySession.get(session)?.size ?? 0) >= limit)
      throw this.#exceeded(metric, `the session holds ${limit} ${this.#kind}s, the maximum; give up some first`);
    if (!session.trusted && !index.hasRoomFor(uri, match, session.id))
      throw this.#exceeded(
        "limit_pattern_shapes",
        `too many different wildcard patterns of ${uri.split(".").length} components; use fewer components or a prefix`,
      );
  }

  /**
   * Reserves room for one more holding, which is to be added next.
   * @throws WampError `wamp.error.limit_exceeded` when the session has its number, or memory is short.
   */
  reserve(session: Session, uri: Uri, match: MatchPolicy, index: PatternIndex<T>): void {
    this.check(session, uri, match, index);
    if (session.account?.reserve(uri.length, PIECES) === false)
      throw this.#exceeded("limit_memory", `no memory is left for another ${this.#kind} of this client`);
  }

  add(session: Session, held: T): void {
    const known = this.#bySession.get(session);
    if (known === undefined) this.#bySession.set(session, new Set([held]));
    else known.add(held);
  }

  delete(session: Session, held: T): void {
    const known = this.#bySession.get(session);
    if (known?.delete(held) !== true) return;
    session.account?.refund(held.uri.length, PIECES);
    if (known.size === 0) this.#bySession.delete(session);
  }

  has(session: Session, held: T): boolean {
    return this.#bySession.get(session)?.has(held) === true;
  }

  /** What a session holds. Entries deleted during the iteration are left out. */
  of(session: Session): Iterable<T> {
    return this.#bySession.get(session) ?? [];
  }

  #exceeded(metric: Parameters<Metrics["count"]>[0], message: string): WampError {
    this.#services.metrics.count(metric);
    return new WampError(ErrorUri.LIMIT_EXCEEDED, message);
  }
}
