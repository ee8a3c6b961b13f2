import {
  EMPTY_PAYLOAD,
  MessageType as M,
  WampError,
  type CancelMode,
  type Clock,
  type ErrorMessage,
  type Id,
  type Result,
  type Uri,
} from "@kreuz/codec";
import { BoundedQueue } from "./bounded-queue.js";
import { CallResult } from "./call-result.js";
import { BufferOverflowError } from "./errors.js";
import { errorOf, payloadOf, type Requests } from "./requests.js";
import type { Arguments, CallSettings, StreamSettings } from "./session.js";
import { TIMEOUT } from "./uris.js";

/** Values that wait for a loop, unless it is set otherwise. */
export const DEFAULT_BUFFER = 1000;

/** Where the results of a call go. */
interface Sink {
  progress?(result: CallResult, call: PendingCall): void;
  finish(outcome: CallResult | undefined, error?: unknown): void;
}

interface PendingCall {
  readonly request: Id;
  readonly sink: Sink;
  /** Takes back timer, abort listener and input. */
  readonly cleanups: Array<() => void>;
  /** Starts the time-out again. */
  restart?: () => void;
}

/** The caller of a session: its pending calls, each of which is settled exactly once. */
export class Caller {
  readonly #requests: Requests;
  readonly #clock: Pick<Clock, "schedule">;
  readonly #calls = new Map<Id, PendingCall>();

  constructor(requests: Requests, clock: Pick<Clock, "schedule">) {
    this.#requests = requests;
    this.#clock = clock;
  }

  call(procedure: Uri, args: Arguments, settings: CallSettings): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      const finish: Sink["finish"] = (outcome, error) => (outcome === undefined ? reject(error) : resolve(outcome));
      this.#start(procedure, args, settings, { finish });
    });
  }

  stream(procedure: Uri, args: Arguments, settings: StreamSettings): BoundedQueue<CallResult> {
    const { buffer = DEFAULT_BUFFER, ...options } = settings;
    const queue = new BoundedQueue<CallResult>(buffer, () => {
      if (call !== undefined) this.#cancel(call, settings.cancelMode, undefined);
    });
    const overflow = (): unknown => new BufferOverflowError(`results of "${procedure}"`, buffer);
    const sink: Sink = {
      progress: (result, pending) => {
        if (!queue.push(result)) this.#cancel(pending, settings.cancelMode, overflow());
      },
      finish: (outcome, error) => {
        if (outcome === undefined || outcome.isEmpty || queue.push(outcome)) queue.end(error);
        else queue.end(overflow());
      },
    };
    const call = this.#start(procedure, args, { ...options, receive_progress: true }, sink);
    return queue;
  }

  receive(message: Result | ErrorMessage): void {
    const call = this.#calls.get(message.request);
    if (call === undefined) return;
    if (message.type === M.ERROR) return this.#finish(call, undefined, errorOf(message));
    const result = new CallResult(message.payload, message.details);
    if (message.details.progress !== true) return this.#finish(call, result);
    call.restart?.();
    call.sink.progress?.(result, call);
  }

  /** The session has ended. */
  end(error: Error): void {
    for (const call of [...this.#calls.values()]) this.#finish(call, undefined, error);
  }

  #start(procedure: Uri, args: Arguments, settings: CallSettings, sink: Sink): PendingCall | undefined {
    const { signal, cancelMode, input, ...options } = settings;
    const call: PendingCall = { request: this.#requests.nextId(), sink, cleanups: [] };
    const { request } = call;
    this.#calls.set(request, call);
    try {
      signal?.throwIfAborted();
      const sent = input === undefined ? options : { ...options, progress: true };
      this.#requests.send({ type: M.CALL, request, options: sent, procedure, payload: payloadOf(args) });
    } catch (error) {
      this.#finish(call, undefined, error);
    }
    // Inside the router's process the answer may have come already.
    if (!this.#calls.has(request)) return undefined;
    if (options.timeout) this.#limit(call, options.timeout);
    if (signal !== undefined) {
      const abort = (): void => this.#cancel(call, cancelMode, signal.reason);
      signal.addEventListener("abort", abort);
      call.cleanups.push(() => signal.removeEventListener("abort", abort));
    }
    if (input !== undefined) void this.#send(call, procedure, input);
    return call;
  }

  #limit(call: PendingCall, timeout: number): void {
    let stop = (): void => {};
    const start = (): void => {
      stop();
      stop = this.#clock.schedule(timeout, () => {
        this.#cancel(call, "killnowait", new WampError(TIMEOUT, `no answer within ${timeout} ms`));
      });
    };
    start();
    call.restart = start;
    call.cleanups.push(() => stop());
  }

  /** Sends further arguments as they come. */
  async #send(call: PendingCall, procedure: Uri, input: AsyncIterable<Arguments>): Promise<void> {
    const { request } = call;
    const iterator = input[Symbol.asyncIterator]();
    call.cleanups.push(() => void Promise.resolve(iterator.return?.()).catch(() => {}));
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (this.#calls.get(request) !== call) return;
        const payload = done === true ? EMPTY_PAYLOAD : payloadOf(value);
        this.#requests.send({ type: M.CALL, request, options: done ? {} : { progress: true }, procedure, payload });
        if (done) return;
        await this.#requests.channel.ready?.();
      }
    } catch (error) {
      this.#cancel(call, "killnowait", error);
    }
  }

  #cancel(call: PendingCall, mode: CancelMode = "killnowait", reason: unknown): void {
    if (this.#calls.get(call.request) !== call) return;
    // Before CANCEL, which the router may answer at once.
    if (mode !== "kill") this.#finish(call, undefined, reason);
    if (this.#requests.isOpen) this.#requests.send({ type: M.CANCEL, request: call.request, options: { mode } });
  }

  #finish(call: PendingCall, outcome: CallResult | undefined, error?: unknown): void {
    if (this.#calls.get(call.request) !== call) return;
    this.#calls.delete(call.request);
    for (const cleanup of call.cleanups) cleanup();
    call.sink.finish(outcome, error);
  }
}
