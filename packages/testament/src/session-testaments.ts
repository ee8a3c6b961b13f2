import { ErrorUri, WampError, type Account } from "@kreuz/codec";
import type { Scope, Testament } from "./testament-arguments.js";

/** Limits on the testaments of one session. */
export interface TestamentOptions {
  /** Number of testaments, both scopes together. Default 100. */
  readonly testamentsPerSession?: number;
  /** Size of their topics, options and payloads together, in bytes, roughly as encoded. Default 65 536. */
  readonly bytesPerSession?: number;
}

export type TestamentLimits = Required<TestamentOptions>;

/** A place in the order of testaments, held while the authorizer decides. */
export interface Reservation {
  /** Adds the testament. */
  confirm(): void;
  /** Gives the place up. */
  cancel(): void;
}

interface Entry {
  readonly testament: Testament;
  confirmed: boolean;
}

/**
 * The testaments of one session (spec: "Session Testament"), each scope in the order in which they were added. They are
 * charged to the session's account as long as they are kept.
 */
export class SessionTestaments {
  readonly #limits: TestamentLimits;
  readonly #account: Account | undefined;
  #detached: readonly Entry[] = [];
  #destroyed: readonly Entry[] = [];

  constructor(limits: TestamentLimits, account: Account | undefined) {
    this.#limits = limits;
    this.#account = account;
  }

  /** Reserves the next place. @throws WampError `wamp.error.limit_exceeded` */
  reserve(scope: Scope, testament: Testament): Reservation {
    this.#checkLimits(testament);
    if (this.#account?.reserve(testament.bytes) === false)
      throw new WampError(ErrorUri.LIMIT_EXCEEDED, "no memory is left for another testament of this client");
    const entry: Entry = { testament, confirmed: false };
    this.#set(scope, [...this.#entries(scope), entry]);
    return {
      confirm: () => {
        entry.confirmed = true;
      },
      cancel: () => {
        this.#drop(scope, [entry]);
      },
    };
  }

  /** Removes the testaments of one scope, including those that are only reserved. */
  flush(scope: Scope): void {
    this.#drop(scope, this.#entries(scope));
  }

  /** Removes all testaments. */
  clear(): void {
    this.flush("detached");
    this.flush("destroyed");
  }

  /** The testaments to publish: `detached` first, then `destroyed`. */
  confirmed(): readonly Testament[] {
    return [...this.#detached, ...this.#destroyed]
      .filter(({ confirmed }) => confirmed)
      .map(({ testament }) => testament);
  }

  /** Removes those of the entries that are still there: a reservation may be cancelled after it was flushed. */
  #drop(scope: Scope, entries: readonly Entry[]): void {
    const before = this.#entries(scope);
    const dropped = before.filter((entry) => entries.includes(entry));
    for (const { testament } of dropped) this.#account?.refund(testament.bytes);
    this.#set(
      scope,
      before.filter((entry) => !dropped.includes(entry)),
    );
  }

  #entries(scope: Scope): readonly Entry[] {
    return scope === "detached" ? this.#detached : this.#destroyed;
  }

  #set(scope: Scope, entries: readonly Entry[]): void {
    if (scope === "detached") this.#detached = entries;
    else this.#destroyed = entries;
  }

  #checkLimits({ bytes }: Testament): void {
    const { testamentsPerSession, bytesPerSession } = this.#limits;
    const entries = [...this.#detached, ...this.#destroyed];
    if (entries.length >= testamentsPerSession)
      throw limitExceeded(`a session may have at most ${testamentsPerSession} testaments`);
    const total = entries.reduce((sum, { testament }) => sum + testament.bytes, bytes);
    if (total > bytesPerSession)
      throw limitExceeded(
        `the testaments of a session may take at most ${bytesPerSession} bytes, these would take ${total}`,
      );
  }
}

function limitExceeded(message: string): WampError {
  return new WampError(ErrorUri.LIMIT_EXCEEDED, `${message}; flush_testaments makes room`);
}
