import { MessageType as M, type CallOptions, type Id, type Message } from "@kreuz/codec";
import { check } from "@kreuz/testkit";
import type { Peer } from "./test-network.js";

/** A call as its caller knows it. */
export interface CallRecord {
  readonly caller: Peer;
  readonly request: Id;
  readonly options: CallOptions;
  finals: number;
}

/**
 * What holds for every call, in whatever order messages cross: at most one final answer and nothing after it, progress
 * only for callers that asked for it, INTERRUPT only for callees that announced call canceling.
 */
export class CallInvariants {
  readonly #calls = new Map<Peer, Map<Id, CallRecord>>();
  /** The last request id of an INVOCATION, by callee. */
  readonly #invocations = new Map<Peer, Id>();

  called(caller: Peer, request: Id, options: CallOptions): void {
    const own = this.#calls.get(caller) ?? new Map<Id, CallRecord>();
    this.#calls.set(caller, own);
    if (!own.has(request)) own.set(request, { caller, request, options, finals: 0 });
  }

  isAnswered(caller: Peer, request: Id): boolean {
    return (this.#calls.get(caller)?.get(request)?.finals ?? 0) > 0;
  }

  /** Calls without a final answer whose caller is still connected. */
  get unanswered(): readonly CallRecord[] {
    return [...this.#calls.values()]
      .flatMap((own) => [...own.values()])
      .filter(({ caller, finals }) => finals === 0 && !caller.gone);
  }

  /** @throws Error when the message breaks an invariant. */
  received(peer: Peer, message: Message): void {
    switch (message.type) {
      case M.RESULT:
        return this.#answered(peer, message.request, message.details.progress !== true);
      case M.ERROR:
        return message.requestType === M.CALL ? this.#answered(peer, message.request, true) : undefined;
      case M.INTERRUPT:
        check(peer.has("callee.call_canceling"), `INTERRUPT to ${peer.name}, which did not announce call_canceling`);
        return check(message.request <= this.#lastTo(peer), `INTERRUPT of ${message.request}, which never was`);
      case M.INVOCATION: {
        const last = this.#lastTo(peer);
        check(message.request <= last + 1, `INVOCATION ${message.request} to ${peer.name} after ${last}`);
        return void this.#invocations.set(peer, Math.max(last, message.request));
      }
    }
  }

  #lastTo(peer: Peer): Id {
    return this.#invocations.get(peer) ?? 0;
  }

  #answered(caller: Peer, request: Id, final: boolean): void {
    const call = this.#calls.get(caller)?.get(request);
    check(call !== undefined, `an answer to ${request}, which ${caller.name} never called`);
    check(call.finals === 0, `a message after the final answer to ${request} of ${caller.name}`);
    if (final) call.finals++;
    else check(call.options.receive_progress === true, `progress that ${caller.name} did not ask for`);
  }
}
