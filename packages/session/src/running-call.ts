import type { Dict, Id, Invocation, InvocationDetails, Payload, Uri } from "@kreuz/codec";
import { BoundedQueue } from "./bounded-queue.js";
import { CallResult } from "./call-result.js";
import type { Caller, ProcedureCall } from "./session.js";

/** A call that a procedure works on. What the procedure does not use is not made. */
export class RunningCall implements ProcedureCall {
  readonly request: Id;
  readonly procedure: Uri;
  readonly details: InvocationDetails;
  readonly caller?: Caller;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly progress: (result: unknown) => void;
  /** Why nobody waits for the answer any more; `undefined` while somebody does. */
  aborted: Error | undefined;
  readonly #payload: Payload;
  readonly #buffer: number;
  #abort: AbortController | undefined;
  #input: BoundedQueue<CallResult> | undefined;

  constructor(
    { request, details, payload }: Invocation,
    registered: Uri,
    buffer: number,
    caller: Caller | undefined,
    progress: (result: unknown) => void,
  ) {
    this.request = request;
    this.procedure = details.procedure ?? registered;
    this.details = details;
    if (caller !== undefined) this.caller = caller;
    this.args = payload.args ?? [];
    this.kwargs = payload.kwargs ?? {};
    // A property and not a method, so that procedures can take it out of the call.
    this.progress = (result) => {
      if (details.receive_progress === true && this.aborted === undefined) progress(result);
    };
    this.#payload = payload;
    this.#buffer = buffer;
    // Further arguments may come before the procedure looks.
    if (details.progress === true) this.#openInput();
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.aborted !== undefined) this.#abort.abort(this.aborted);
    return this.#abort.signal;
  }

  get input(): AsyncIterable<CallResult> {
    return this.#input ?? this.#openInput();
  }

  /** Takes further arguments. @returns false when too many wait. */
  further({ payload, details }: Pick<Invocation, "payload" | "details">): boolean {
    const args = new CallResult(payload, details);
    const isLast = details.progress !== true;
    const taken = (isLast && args.isEmpty) || this.#input?.push(args) !== false;
    if (isLast) this.#input?.end();
    return taken;
  }

  abort(reason: Error): void {
    this.aborted ??= reason;
    this.#abort?.abort(reason);
    this.#input?.end(reason);
  }

  /** The procedure has ended. */
  finish(): void {
    void this.#input?.return();
  }

  #openInput(): BoundedQueue<CallResult> {
    const input = (this.#input = new BoundedQueue(this.#buffer));
    input.push(new CallResult(this.#payload, this.details));
    if (this.details.progress !== true) input.end();
    return input;
  }
}
