import { EMPTY_PAYLOAD, WampError, type CancelMode, type Clock, type Id, type Result, type Uri } from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import { BoundedQueue } from "./bounded-queue.js";
import { CallResult } from "./call-result.js";
import { BufferOverflowError } from "./errors.js";
import { payloadOf, type Requests } from "./requests.js";
import type { Arguments, CallSettings, StreamSettings } from "./session.js";
import { TIMEOUT } from "./uris.js";

/** Values that wait for a loop, unless it is set otherwise. */
export const DEFAULT_BUFFER = 1000;

/** Gives a call up, for a reason that it then fails with. */
type Cancel = (reason: unknown, mode?: CancelMode) => void;

/** Takes the results of a call: each progressive one with a way to give the call up, then its result or its error. */
type Take = (result: CallResult | undefined, error: unknown, cancel?: Cancel) => void;

/** The caller of a session. */
export class Caller {
  readonly #requests: Requests;
  readonly #clock: Pick<Clock, "schedule">;

  constructor(requests: Requests, clock: Pick<Clock, "schedule">) {
    this.#requests = requests;
    this.#clock = clock;
  }

  call(procedure: Uri, args: Arguments, settings: CallSettings): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      this.#start(procedure, args, settings, (result, error, cancel) => {
        if (result === undefined) reject(error);
        else if (cancel === undefined) resolve(result);
      });
    });
  }

  stream(
    procedure: Uri,
    args: Arguments,
    { buffer = DEFAULT_BUFFER, ...settings }: StreamSettings,
  ): BoundedQueue<CallResult> {
    const queue = new BoundedQueue<CallResult>(buffer, () => giveUp(undefined));
    const giveUp = this.#start(procedure, args, { ...settings, receive_progress: true }, (result, error, cancel) => {
      const isEnd = result === undefined || (cancel === undefined && result.isEmpty);
      const failure =
        isEnd || queue.push(result) ? error : new BufferOverflowError(`results of "${procedure}"`, buffer);
      if (cancel === undefined) queue.end(failure);
      else if (failure !== undefined) cancel(failure);
    });
    return queue;
  }

  /** Starts a call that is settled exactly once. */
  #start(
    procedure: Uri,
    args: Arguments,
    { signal, cancelMode = "killnowait", input, ...options }: CallSettings,
    take: Take,
  ): Cancel {
    const requests = this.#requests;
    const request = requests.nextId();
    const { timeout } = options;
    let isOpen = true;
    let stopTimer = (): void => {};
    const iterator = input?.[Symbol.asyncIterator]();

    const finish = (result: CallResult | undefined, error?: unknown): void => {
      isOpen = false;
      stopTimer();
      signal?.removeEventListener("abort", abort);
      stopIterator(iterator);
      take(result, error);
    };
    const cancel: Cancel = (reason, mode = cancelMode) => {
      if (!isOpen) return;
      // Before CANCEL, which the router may answer at once.
      if (mode !== "kill" && requests.forget(request)) finish(undefined, reason);
      if (requests.isOpen) requests.send({ type: M.CANCEL, request, options: { mode } });
    };
    const abort = (): void => cancel(signal!.reason);
    const startTimer = (): void => {
      stopTimer();
      if (timeout)
        stopTimer = this.#clock.schedule(timeout, () => {
          cancel(new WampError(TIMEOUT, `no answer within ${timeout} ms`), "killnowait");
        });
    };
    if (signal?.aborted) finish(undefined, signal.reason);
    else {
      const sent = input === undefined ? options : { ...options, progress: true };
      const message = { type: M.CALL, request, options: sent, procedure, payload: payloadOf(args) } as const;
      requests.request<Result>(message, (outcome) => {
        if (outcome instanceof Error) return finish(undefined, outcome);
        const result = new CallResult(outcome.payload, outcome.details);
        if (outcome.details.progress !== true) return finish(result);
        startTimer();
        take(result, undefined, cancel);
      });
    }
    // Inside the router's process the answer may have come already.
    if (isOpen) {
      startTimer();
      signal?.addEventListener("abort", abort);
      if (iterator !== undefined)
        this.#sendInput(request, procedure, iterator, () => isOpen).catch((error) => cancel(error, "killnowait"));
    }
    return cancel;
  }

  /** Sends further arguments as they come. */
  async #sendInput(
    request: Id,
    procedure: Uri,
    iterator: AsyncIterator<Arguments>,
    isOpen: () => boolean,
  ): Promise<void> {
    for (;;) {
      const { done, value } = await iterator.next();
      if (!isOpen()) return;
      const payload = done === true ? EMPTY_PAYLOAD : payloadOf(value);
      this.#requests.send({ type: M.CALL, request, options: done ? {} : { progress: true }, procedure, payload });
      if (done) return;
      await this.#requests.channel.ready?.();
    }
  }
}

/** Ends what a loop would have ended. What it throws then is nobody's concern. */
export function stopIterator(iterator: AsyncIterator<unknown> | undefined): void {
  void Promise.resolve(iterator?.return?.()).catch(() => {});
}
