import { ErrorUri, WampError, type Clock, type Dict, type MatchPolicy, type Payload, type Uri } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import { matchesPattern } from "../matching/pattern-index.js";
import type { Metrics } from "../metrics.js";
import { isPassthru } from "../payload/passthru.js";
import type { Answer } from "../session/session-directory.js";
import type { SessionInfo } from "../session/session-info.js";

/** What a guard is for: all that matches, of sessions with one of the roles. */
export interface Where {
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
  /** Roles of the sending session. Default: all. */
  readonly authroles?: readonly string[];
}

/** What a guard sees. Read the payload, never change it: its bytes go on as they came. */
export interface Guarded {
  readonly uri: Uri;
  readonly payload: Payload;
  readonly options: Dict;
  /** Who sent it. */
  readonly session: SessionInfo;
  /** Whether the payload is passed through, encrypted for example (spec: "Payload Passthru Mode"). */
  readonly sealed: boolean;
}

/** The kinds of guards, and what each sees. */
export interface GuardedKinds {
  /** A CALL, and each further part of a progressive one. Refused: ERROR for the caller; a part ends its call. */
  call: Guarded & {
    /** Whether these are further arguments of a call. */
    readonly part: boolean;
  };
  /** A PUBLISH, before it is retained, kept in the history or delivered. Refused: ERROR, if it asked to be acknowledged. */
  publish: Guarded;
  /** A YIELD or an ERROR of a callee. Refused: ERROR for the caller. */
  result: Guarded & {
    readonly caller: SessionInfo;
    readonly progress: boolean;
    /** The URI of an ERROR; absent for a result. */
    readonly error?: Uri;
  };
}

export type GuardKind = keyof GuardedKinds;

/** Nothing: go on. A `WampError`, returned or thrown: refuse. A payload: go on with this one; needs `transforms`. */
export type GuardAnswer = void | WampError | Payload;

/** Looks at messages after the authorizer has allowed them. A Promise holds back the one session that sent the message. */
export type Guard<K extends GuardKind> = (message: GuardedKinds[K]) => Answer<GuardAnswer>;

/** Options of a guard. */
export interface GuardOptions {
  /** Whether it may replace payloads. Default false. */
  readonly transforms?: boolean;
}

/** A guard that a plugin has added. */
export interface GuardInfo {
  readonly kind: GuardKind;
  readonly plugin: string;
  readonly where: readonly Where[];
  /** Whether it may replace payloads. */
  readonly transforms: boolean;
}

interface Entry extends Omit<GuardInfo, "kind"> {
  readonly guard: (message: never) => Answer<GuardAnswer>;
}

interface Services {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Milliseconds after which a guard that has not answered has failed. */
const GUARD_TIMEOUT = 5000;
/** URIs whose guards are remembered. */
const MAX_REMEMBERED = 1024;

/** The guards of a realm. The first that refuses decides; one that fails refuses. */
export class Guards {
  readonly #services: Services;
  readonly #entries: Record<GuardKind, readonly Entry[]> = { call: [], publish: [], result: [] };
  readonly #remembered: Record<GuardKind, Map<Uri, readonly Entry[]>> = {
    call: new Map(),
    publish: new Map(),
    result: new Map(),
  };
  #any = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Whether there are any: nothing else is asked until then. */
  get any(): boolean {
    return this.#any;
  }

  /** All of them, for each kind in the order in which they are asked. */
  get list(): readonly GuardInfo[] {
    const kinds = Object.keys(this.#entries) as GuardKind[];
    return kinds.flatMap((kind) =>
      this.#entries[kind].map(({ plugin, where, transforms }) => ({ kind, plugin, where, transforms })),
    );
  }

  /** Adds a guard behind those that are there; before them for results, so that pairs nest. @returns a function that removes it. */
  add<K extends GuardKind>(
    kind: K,
    plugin: string,
    where: Where | readonly Where[],
    guard: Guard<K>,
    { transforms = false }: GuardOptions = {},
  ): () => void {
    if (!Object.hasOwn(this.#entries, kind))
      throw new TypeError(`there is no guard "${kind}"; the guards are ${Object.keys(this.#entries).join(", ")}`);
    const list = Array.isArray(where) ? (where as readonly Where[]) : [where as Where];
    const entry: Entry = { plugin, where: list, guard, transforms };
    const others = this.#entries[kind];
    this.#set(kind, kind === "result" ? [entry, ...others] : [...others, entry]);
    return () =>
      this.#set(
        kind,
        this.#entries[kind].filter((other) => other !== entry),
      );
  }

  /**
   * Asks the guards of a message, in order.
   *
   * @returns the payload to go on with, which is mostly the same.
   * @throws WampError when one refuses or fails; as a rejection when one answered with a Promise.
   */
  check<K extends GuardKind>(kind: K, message: Omit<GuardedKinds[K], "sealed">): Answer<Payload> {
    const chain = this.#chainOf(kind, message.uri);
    if (chain.length === 0) return message.payload;
    const guarded: Guarded = { ...message, sealed: isPassthru(message.options) };
    return this.#from(0, chain, guarded);
  }

  #from(start: number, chain: readonly Entry[], first: Guarded): Answer<Payload> {
    let message = first;
    for (let index = start; index < chain.length; index++) {
      const entry = chain[index]!;
      if (!concerns(entry, message)) continue;
      const answer = this.#ask(entry, message);
      if (answer instanceof Promise)
        return this.#inTime(answer, entry).then((settled) =>
          this.#from(index + 1, chain, this.#apply(entry, message, settled)),
        );
      message = this.#apply(entry, message, answer);
    }
    return message.payload;
  }

  #ask(entry: Entry, message: Guarded): Answer<GuardAnswer> {
    try {
      return entry.guard(message as never);
    } catch (error) {
      throw this.#refusal(entry, error);
    }
  }

  #apply(entry: Entry, message: Guarded, answer: GuardAnswer): Guarded {
    if (answer === undefined) return message;
    if (answer instanceof WampError) throw answer;
    if (typeof answer !== "object" || answer === null) throw this.#refusal(entry, "its guard returned no payload");
    if (!entry.transforms) throw this.#refusal(entry, "its guard replaced a payload without { transforms: true }");
    if (message.sealed) throw this.#refusal(entry, "its guard replaced a payload that is passed through");
    return { ...message, payload: answer };
  }

  async #inTime(answer: Promise<GuardAnswer>, entry: Entry): Promise<GuardAnswer> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#services.clock.schedule(GUARD_TIMEOUT, () => {
        this.#services.metrics.count("limit_guard_timeout");
        reject(new Error(`its guard did not answer within ${GUARD_TIMEOUT} ms`));
      });
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      throw this.#refusal(entry, error);
    } finally {
      cancel();
    }
  }

  /** A guard that fails refuses: what it should have kept out must not get in. */
  #refusal({ plugin }: Entry, error: unknown): WampError {
    if (error instanceof WampError) return error;
    this.#services.logger.error({ plugin, error }, `plugin "${plugin}" failed in a guard`);
    return new WampError(ErrorUri.RUNTIME_ERROR, "a plugin failed to check the message; see the router's log");
  }

  #chainOf(kind: GuardKind, uri: Uri): readonly Entry[] {
    const entries = this.#entries[kind];
    if (entries.length === 0) return entries;
    const remembered = this.#remembered[kind];
    const known = remembered.get(uri);
    if (known !== undefined) return known;
    const chain = entries.filter(({ where }) =>
      where.some((one) => matchesPattern(uri, one.uri, one.match ?? "exact")),
    );
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(uri, chain);
    return chain;
  }

  #set(kind: GuardKind, entries: readonly Entry[]): void {
    this.#entries[kind] = entries;
    this.#remembered[kind].clear();
    this.#any = Object.values(this.#entries).some(({ length }) => length > 0);
  }
}

function concerns({ where }: Entry, { uri, session }: Guarded): boolean {
  return where.some(
    ({ uri: pattern, match = "exact", authroles }) =>
      (authroles === undefined || authroles.includes(session.authrole)) && matchesPattern(uri, pattern, match),
  );
}
