import {
  WampError,
  type ErrorMessage,
  type Id,
  type Interrupt,
  type Invocation,
  type Register,
  type RegisterOptions,
  type Unregister,
  type Uri,
} from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import { resultPayload } from "./call-result.js";
import { DEFAULT_BUFFER, stopIterator } from "./caller.js";
import { Holding, Holdings } from "./holdings.js";
import { RunningCall } from "./running-call.js";
import type { Report } from "./report.js";
import type { Requests } from "./requests.js";
import type { Caller, ProcedureHandler, RegisterSettings, Registration } from "./session.js";
import { CANCELED, LIMIT_EXCEEDED, NO_SUCH_REGISTRATION, RUNTIME_ERROR, UNAVAILABLE } from "./uris.js";

/** Settings of a callee. */
export interface CalleeSettings {
  readonly report: Report;
  /** Calls that may run at once; more are answered with `wamp.error.unavailable`. */
  readonly maxInvocations: number;
  /** Whether callers are told the text of unexpected errors. */
  readonly exposeErrors: boolean;
}

/** The callee of a session: its procedures and the calls that run. */
export class Callee {
  readonly registrations: Holdings<OwnRegistration>;
  readonly #requests: Requests;
  readonly #settings: CalleeSettings;
  readonly #running = new Map<Id, RunningCall>();

  constructor(requests: Requests, settings: CalleeSettings) {
    this.registrations = new Holdings(requests, false);
    this.#requests = requests;
    this.#settings = settings;
  }

  /** Registers a procedure; `settle` is called once, at once where the router answers at once. */
  register(
    procedure: Uri,
    handler: ProcedureHandler,
    settings: RegisterSettings,
    settle: (outcome: Registration | Error) => void,
  ): void {
    this.registrations.make(new OwnRegistration(this.registrations, procedure, settings, handler), settle);
  }

  invoked(message: Invocation, caller: Caller | undefined): void {
    const { request } = message;
    const running = this.#running.get(request);
    if (running !== undefined) {
      if (!running.further(message)) running.abort(new WampError(LIMIT_EXCEEDED, "too many arguments wait"));
      return;
    }
    const [registration] = this.registrations.of(message.registration);
    if (registration === undefined) return this.#refuse(request, new WampError(NO_SUCH_REGISTRATION));
    if (this.#running.size >= this.#settings.maxInvocations)
      return this.#refuse(request, new WampError(UNAVAILABLE, "too many calls run at once"));
    const { procedure, handler, buffer } = registration;
    const call = new RunningCall(message, procedure, buffer, caller ?? callerOf(message), (result) =>
      this.#yield(call, result, true),
    );
    this.#running.set(request, call);
    // In a microtask of its own, never while a message is handled.
    void Promise.resolve().then(() => this.#run(call, handler));
  }

  interrupted({ request, options: { reason = CANCELED } }: Interrupt): void {
    this.#running.get(request)?.abort(new WampError(reason, "nobody waits for the answer any more"));
  }

  /** The connection is lost: nobody waits for the calls that run. */
  suspend(error: Error): void {
    this.registrations.suspend();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const call of running) call.abort(error);
  }

  async #run(call: RunningCall, handler: ProcedureHandler): Promise<void> {
    try {
      if (call.aborted !== undefined) throw call.aborted;
      let returned: unknown = await handler(call);
      if (isAsyncIterable(returned)) returned = await this.#yieldEach(call, returned);
      this.#yield(call, returned, false);
    } catch (error) {
      if (this.#isRunning(call)) this.#refuse(call.request, this.#errorOf(call, error));
    } finally {
      call.finish();
      if (this.#isRunning(call)) this.#running.delete(call.request);
    }
  }

  /** Sends what a generator yields as progressive results. @returns what it returns. */
  async #yieldEach(call: RunningCall, values: AsyncIterable<unknown>): Promise<unknown> {
    const iterator = values[Symbol.asyncIterator]();
    call.signal.addEventListener("abort", () => stopIterator(iterator));
    for (;;) {
      const { done, value } = await iterator.next();
      if (call.aborted !== undefined) throw call.aborted;
      if (done === true) return value;
      call.progress(value);
      await this.#requests.channel.ready?.();
    }
  }

  #yield(call: RunningCall, result: unknown, progress: boolean): void {
    const { request } = call;
    const options = progress ? { progress } : {};
    if (this.#isRunning(call)) this.#requests.send({ type: M.YIELD, request, options, payload: resultPayload(result) });
  }

  #errorOf({ aborted, procedure }: RunningCall, error: unknown): WampError {
    if (error instanceof WampError) return error;
    if (aborted !== undefined) return new WampError(CANCELED);
    const { report, exposeErrors } = this.#settings;
    report(error, `procedure "${procedure}" failed`);
    const text = exposeErrors && error instanceof Error ? error.message : "the procedure failed; see its log";
    return new WampError(RUNTIME_ERROR, text);
  }

  #refuse(request: Id, { details, uri, payload }: WampError): void {
    const answer: ErrorMessage = { type: M.ERROR, requestType: M.INVOCATION, request, details, error: uri, payload };
    try {
      this.#requests.send(answer);
    } catch (error) {
      // The session has ended meanwhile, or the payload of the error cannot be encoded.
      if (!this.#requests.isOpen) return;
      this.#settings.report(error, `the error ${uri} could not be sent`);
      this.#requests.send({ ...answer, details: {}, payload: {} });
    }
  }

  #isRunning(call: RunningCall): boolean {
    return this.#running.get(call.request) === call;
  }
}

class OwnRegistration extends Holding implements Registration {
  readonly procedure: Uri;
  readonly handler: ProcedureHandler;
  readonly buffer: number;
  readonly #options: RegisterOptions;
  readonly #holdings: Holdings<OwnRegistration>;

  constructor(
    holdings: Holdings<OwnRegistration>,
    procedure: Uri,
    { buffer = DEFAULT_BUFFER, ...options }: RegisterSettings,
    handler: ProcedureHandler,
  ) {
    super();
    this.procedure = procedure;
    this.handler = handler;
    this.buffer = buffer;
    this.#options = options;
    this.#holdings = holdings;
  }

  override make(request: Id): Register {
    return { type: M.REGISTER, request, options: this.#options, procedure: this.procedure };
  }

  override takeBack(request: Id): Unregister {
    return { type: M.UNREGISTER, request, registration: this.id };
  }

  unregister(): Promise<void> {
    return this.#holdings.release(this);
  }
}

function callerOf({ details }: Invocation): Caller | undefined {
  const { caller: session, caller_authid: authid, caller_authrole: authrole } = details;
  if (session === undefined) return undefined;
  return { session, ...(authid !== undefined && { authid }), ...(authrole !== undefined && { authrole }) };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
