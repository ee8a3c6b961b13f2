import {
  MessageType as M,
  WampError,
  type Id,
  type Interrupt,
  type Invocation,
  type RegisterOptions,
  type Registered,
  type RevocationDetails,
  type Uri,
  type YieldOptions,
} from "@kreuz/codec";
import { resultPayload } from "./call-result.js";
import { DEFAULT_BUFFER } from "./caller.js";
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
  readonly #requests: Requests;
  readonly #settings: CalleeSettings;
  readonly #all = new Set<OwnRegistration>();
  readonly #byId = new Map<Id, OwnRegistration>();
  readonly #running = new Map<Id, RunningCall>();

  constructor(requests: Requests, settings: CalleeSettings) {
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
    const { buffer = DEFAULT_BUFFER, ...options } = settings;
    const registration = new OwnRegistration(this, procedure, options, handler, buffer);
    this.#register(registration, (error) => settle(error ?? registration));
  }

  invoked(message: Invocation, caller: Caller | undefined): void {
    const running = this.#running.get(message.request);
    if (running !== undefined) {
      if (!running.further(message)) this.#interrupt(running, LIMIT_EXCEEDED, "too many arguments wait");
      return;
    }
    const registration = this.#byId.get(message.registration);
    if (registration === undefined)
      return this.#refuse(message.request, new WampError(NO_SUCH_REGISTRATION, "no such registration"));
    if (this.#running.size >= this.#settings.maxInvocations)
      return this.#refuse(message.request, new WampError(UNAVAILABLE, "too many calls run at once"));
    const { procedure, handler, buffer } = registration;
    const call = new RunningCall(message, procedure, buffer, caller ?? callerOf(message), (result) =>
      this.#yield(call, result, { progress: true }),
    );
    this.#running.set(message.request, call);
    // In a microtask of its own, never while a message is handled.
    void Promise.resolve().then(() => this.#run(call, handler));
  }

  interrupted({ request, options }: Interrupt): void {
    const running = this.#running.get(request);
    if (running !== undefined)
      this.#interrupt(running, options.reason ?? CANCELED, "nobody waits for the answer any more");
  }

  revoked({ registration: id = 0, reason }: RevocationDetails): void {
    const registration = this.#byId.get(id);
    if (registration === undefined) return;
    this.#byId.delete(id);
    this.#end(registration, new WampError(reason ?? NO_SUCH_REGISTRATION, "the router revoked the procedure"));
  }

  /** The session is open again: registers everything again. */
  resume(): void {
    for (const registration of this.#all)
      this.#register(registration, (error) => {
        if (error !== undefined && this.#requests.isOpen) this.#end(registration, error);
      });
  }

  /** The connection is lost: nobody waits for the calls that run. The procedures wait for {@link resume}. */
  suspend(error: Error): void {
    this.#byId.clear();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const call of running) call.abort(error);
  }

  /** The session has ended. */
  end(error?: Error): void {
    for (const registration of [...this.#all]) this.#end(registration, error);
  }

  unregister(registration: OwnRegistration): Promise<void> {
    this.#end(registration);
    const { id } = registration;
    if (this.#byId.get(id) !== registration) return Promise.resolve();
    return new Promise((resolve) => {
      const request = this.#requests.nextId();
      this.#requests.request({ type: M.UNREGISTER, request, registration: id }, () => {
        // Not before: calls may have been on their way.
        if (this.#byId.get(id) === registration) this.#byId.delete(id);
        resolve();
      });
    });
  }

  #register(registration: OwnRegistration, settle: (error?: Error) => void): void {
    const { procedure, options } = registration;
    const request = this.#requests.nextId();
    this.#requests.request<Registered>({ type: M.REGISTER, request, options, procedure }, (outcome) => {
      if (outcome instanceof Error) return settle(outcome);
      registration.id = outcome.registration;
      this.#byId.set(registration.id, registration);
      // It was given up while it was made again.
      if (registration.hasEnded) void this.unregister(registration);
      else this.#all.add(registration);
      settle();
    });
  }

  async #run(call: RunningCall, handler: ProcedureHandler): Promise<void> {
    try {
      if (call.aborted !== undefined) throw call.aborted;
      let returned: unknown = await handler(call);
      if (isAsyncIterable(returned)) returned = await this.#yieldEach(call, returned);
      this.#yield(call, returned, {});
    } catch (error) {
      this.#fail(call, error);
    } finally {
      call.finish();
      if (this.#isRunning(call)) this.#running.delete(call.request);
    }
  }

  /** Sends what a generator yields as progressive results. @returns what it returns. */
  async #yieldEach(call: RunningCall, values: AsyncIterable<unknown>): Promise<unknown> {
    const iterator = values[Symbol.asyncIterator]();
    call.signal.addEventListener("abort", () => void Promise.resolve(iterator.return?.()).catch(() => {}));
    for (;;) {
      const { done, value } = await iterator.next();
      if (call.aborted !== undefined) throw call.aborted;
      if (done === true) return value;
      call.progress(value);
      await this.#requests.channel.ready?.();
    }
  }

  #yield(call: RunningCall, result: unknown, options: YieldOptions): void {
    const { request } = call;
    if (this.#isRunning(call)) this.#requests.send({ type: M.YIELD, request, options, payload: resultPayload(result) });
  }

  #fail(call: RunningCall, error: unknown): void {
    if (!this.#isRunning(call)) return;
    if (error instanceof WampError) return this.#refuse(call.request, error);
    if (call.aborted !== undefined)
      return this.#refuse(call.request, new WampError(CANCELED, "the call was cancelled"));
    this.#settings.report(error, `procedure "${call.procedure}" failed`);
    const text =
      this.#settings.exposeErrors && error instanceof Error ? error.message : "the procedure failed; see its log";
    this.#refuse(call.request, new WampError(RUNTIME_ERROR, text));
  }

  #refuse(request: Id, { details, uri, payload }: WampError): void {
    try {
      this.#requests.send({ type: M.ERROR, requestType: M.INVOCATION, request, details, error: uri, payload });
    } catch (error) {
      // The session has ended meanwhile, or the payload of the error cannot be encoded.
      if (this.#requests.isOpen) {
        this.#settings.report(error, `the error ${uri} could not be sent`);
        this.#requests.send({
          type: M.ERROR,
          requestType: M.INVOCATION,
          request,
          details: {},
          error: uri,
          payload: {},
        });
      }
    }
  }

  #interrupt(call: RunningCall, reason: Uri, text: string): void {
    call.abort(new WampError(reason, text));
  }

  #isRunning(call: RunningCall): boolean {
    return this.#running.get(call.request) === call;
  }

  #end(registration: OwnRegistration, error?: Error): void {
    this.#all.delete(registration);
    registration.end(error);
  }
}

class OwnRegistration implements Registration {
  readonly procedure: Uri;
  readonly options: RegisterOptions;
  readonly handler: ProcedureHandler;
  readonly buffer: number;
  readonly ended: Promise<Error | undefined>;
  id: Id = 0;
  hasEnded = false;
  readonly #callee: Callee;
  #settle!: (error: Error | undefined) => void;

  constructor(callee: Callee, procedure: Uri, options: RegisterOptions, handler: ProcedureHandler, buffer: number) {
    this.#callee = callee;
    this.procedure = procedure;
    this.options = options;
    this.handler = handler;
    this.buffer = buffer;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  end(error: Error | undefined): void {
    this.hasEnded = true;
    this.#settle(error);
  }

  unregister(): Promise<void> {
    return this.#callee.unregister(this);
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
