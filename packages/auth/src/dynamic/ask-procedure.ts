import { ErrorUri, systemClock, WampError, type Clock, type Dict, type Payload, type Uri } from "@kreuz/codec";

/**
 * Answers for each client, with the arguments and results of Crossbar.io's dynamic authenticators: a role, or a dict with
 * `role` and what the method needs. `undefined`, `null` and a thrown {@link WampError} of your own (any URI outside
 * `wamp.`, or `wamp.error.authentication_denied`) deny the client. Any other throw is a failure: the client gets
 * `wamp.error.authentication_failed`, and no attempt is counted. For a WAMP procedure, see {@link askProcedure}.
 */
export type CredentialSource = (realm: Uri, authid: string | undefined, details: Dict) => unknown;

/** Calls a procedure, as `LocalSession.call` does. */
export type CallProcedure = (procedure: Uri, payload: Payload) => Promise<Payload>;

/** Settings of {@link askProcedure}. */
export interface AskOptions {
  /** Milliseconds to wait for the procedure if it is not registered yet, or its callee leaves during the call. Default 0. */
  readonly maxWait?: number;
  readonly clock?: Clock;
}

/** Errors under `wamp.` by which a procedure denies a client. All others say that the procedure, or the call, failed. */
const DENIALS: ReadonlySet<string> = new Set([ErrorUri.AUTHENTICATION_DENIED, ErrorUri.NO_SUCH_PRINCIPAL]);

/** Whether the error of a call is the procedure's answer about the client. */
export function isDenial({ uri }: WampError): boolean {
  return DENIALS.has(uri) || !(uri.startsWith("wamp.") || uri === ErrorUri.MAX_CONCURRENCY_REACHED);
}

/**
 * A source that calls a WAMP procedure with `[realm, authid, details]` and takes its first result. Its failures name the
 * procedure, for the log.
 */
export function askProcedure(
  call: CallProcedure,
  procedure: Uri,
  { maxWait = 0, clock = systemClock }: AskOptions = {},
): CredentialSource {
  const missing = new MissingProcedure((payload) => call(procedure, payload), clock);
  return async (realm, authid, details) => {
    const payload: Payload = { args: [realm, authid ?? null, details] };
    try {
      const result = await call(procedure, payload).catch((error: unknown) => {
        if (isMissing(error) && maxWait > 0) return missing.wait(payload, error, maxWait);
        throw error;
      });
      return result.args?.[0];
    } catch (error) {
      if (!(error instanceof WampError) || isDenial(error)) throw error;
      throw new Error(`procedure "${procedure}" failed: ${error.message}`, { cause: error });
    }
  };
}

/** Errors of a procedure that may be back in a moment: its process has not started, or has just ended. */
const MISSING: ReadonlySet<string> = new Set([ErrorUri.NO_SUCH_PROCEDURE, ErrorUri.CANCELED, ErrorUri.UNAVAILABLE]);

function isMissing(error: unknown): boolean {
  return error instanceof WampError && MISSING.has(error.uri);
}

/** A call that waits for its procedure. */
interface Waiter {
  readonly payload: Payload;
  resolve(result: Promise<Payload>): void;
}

/** Milliseconds between two looks whether the procedure is registered. */
const LOOK_INTERVAL = 100;

/** Calls made in one turn of the event loop once it is. */
const MAX_PER_TURN = 64;

/** The calls of a procedure that is not registered. The oldest of them looks for it, so that many cost no more than one. */
class MissingProcedure {
  readonly #call: (payload: Payload) => Promise<Payload>;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiter>();
  #looking = false;

  constructor(call: (payload: Payload) => Promise<Payload>, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
  }

  /** Waits until the procedure is registered, then calls it. Rejects with `error` after `maxWait` ms. */
  wait(payload: Payload, error: unknown, maxWait: number): Promise<Payload> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        payload,
        resolve: (result) => {
          cancel();
          this.#waiting.delete(waiter);
          resolve(result);
        },
      };
      const cancel = this.#clock.schedule(maxWait, () => {
        this.#waiting.delete(waiter);
        reject(error);
      });
      this.#waiting.add(waiter);
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    do {
      await this.#pause(LOOK_INTERVAL);
      const [oldest] = this.#waiting;
      if (oldest !== undefined && (await this.#isRegistered(oldest))) await this.#callAll();
    } while (this.#waiting.size > 0);
    this.#looking = false;
  }

  /** Calls the procedure for one who waits. A call that is not refused within the interval has found it. */
  async #isRegistered(waiter: Waiter): Promise<boolean> {
    const called = this.#call(waiter.payload);
    const refused = called.then(() => false, isMissing);
    const registered = !(await Promise.race([refused, this.#pause(LOOK_INTERVAL).then(() => false)]));
    if (registered) waiter.resolve(called);
    return registered;
  }

  async #callAll(): Promise<void> {
    let left = MAX_PER_TURN;
    for (const waiter of [...this.#waiting]) {
      if (!this.#waiting.has(waiter)) continue;
      if (left-- === 0) {
        await this.#pause(0);
        left = MAX_PER_TURN - 1;
      }
      waiter.resolve(this.#call(waiter.payload));
    }
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => this.#clock.schedule(delay, resolve));
  }
}
