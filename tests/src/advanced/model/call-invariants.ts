import { MessageType as M, type CallOptions, type Id, type Message } from "@kreuz/codec";
import { assert } from "./assert.js";
import type { Peer } from "./test-network.js";

/** One CALL as its caller knows it. */
export interface Entry {
  readonly caller: Peer;
  readonly request: Id;
  readonly options: CallOptions;
  finals: number;
}

/**
 * What holds for every call whatever crosses whatever: at most one final answer and nothing after it, progress only for
 * those who asked, INTERRUPT only for those who can be interrupted.
 */
export class Ledger {
  readonly #entries = new Map<Peer, Map<Id, Entry>>();
  /** The last request id of an INVOCATION, by callee. */
  readonly #invocations = new Map<Peer, Id>();

  called(caller: Peer, request: Id, options: CallOptions): void {
    const own = this.#entries.get(caller) ?? new Map<Id, Entry>();
    this.#entries.set(caller, own);
    if (!own.has(request)) own.set(request, { caller, request, options, finals: 0 });
  }

  isAnswered(caller: Peer, request: Id): boolean {
    return (this.#entries.get(caller)?.get(request)?.finals ?? 0) > 0;
  }

  /** Calls without a final answer, though their caller is there to get one. */
  get unanswered(): readonly Entry[] {
    return [...this.#entries.values()]
      .flatMap((own) => [...own.values()])
      .filter(({ caller, finals }) => finals === 0 && !caller.gone);
  }

  /** @throws Error when the message breaks a promise. */
  received(peer: Peer, message: Message): void {
    switch (message.type) {
      case M.RESULT:
        return this.#answered(peer, message.request, message.details.progress !== true);
      case M.ERROR:
        return message.requestType === M.CALL ? this.#answered(peer, message.request, true) : undefined;
      case M.INTERRUPT:
        assert(peer.has("callee.call_canceling"), `INTERRUPT to ${peer.name}, which did not announce call_canceling`);
        return assert(message.request <= this.#lastTo(peer), `INTERRUPT of ${message.request}, which never was`);
      case M.INVOCATION: {
        const last = this.#lastTo(peer);
        assert(message.request <= last + 1, `INVOCATION ${message.request} to ${peer.name} after ${last}`);
        return void this.#invocations.set(peer, Math.max(last, message.request));
      }
    }
  }

  #lastTo(peer: Peer): Id {
    return this.#invocations.get(peer) ?? 0;
  }

  #answered(caller: Peer, request: Id, final: boolean): void {
    const entry = this.#entries.get(caller)?.get(request);
    assert(entry !== undefined, `an answer to ${request}, which ${caller.name} never called`);
    assert(entry.finals === 0, `a message after the final answer to ${request} of ${caller.name}`);
    if (final) entry.finals++;
    else assert(entry.options.receive_progress === true, `progress that ${caller.name} did not ask for`);
  }
}
