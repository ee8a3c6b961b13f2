import {
  ErrorUri,
  MessageType as M,
  type ErrorMessage,
  type Invocation,
  type Message,
  type Result,
} from "@kreuz/codec";
import { finish, type CallModel } from "./call-model.js";
import type { ReceivedInvocation, SentCall, Registered, StepObserver } from "./driver.js";
import { isDeepStrictEqual } from "node:util";
import { check } from "@kreuz/testkit";
import { candidates, detailsFor, needsSpecificCallee, lacks, type ModelCall } from "./model-call.js";
import type { Answer, RegisterStep } from "./steps.js";
import type { Peer, TestNetwork } from "./test-network.js";

type Got = readonly [Peer, Message];

/** Compares what clients receive with the model, step by step, and tells the model what chance decided. */
export class ModelChecker implements StepObserver {
  readonly #model: CallModel;
  readonly #network: TestNetwork;
  #served: ModelCall[] = [];
  /** Calls that timed out in this step while they waited. */
  #lapsed = new Set<ModelCall>();

  constructor(model: CallModel, network: TestNetwork) {
    this.#model = model;
    this.#network = network;
  }

  joined(peer: Peer): void {
    this.#begin().join(peer);
  }
  leaves(peer: Peer): void {
    this.#begin().leave(peer);
  }
  registers(peer: Peer, procedure: string, step: RegisterStep, request: number): void {
    this.#begin().register(peer, procedure, step, request);
  }
  unregisters(registered: Registered): void {
    this.#begin().unregister(registered);
  }
  calls(call: SentCall): void {
    this.#begin().call(call);
  }
  continues(call: SentCall, last: boolean): void {
    this.#begin().continueCall(call, last);
  }
  cancels(call: SentCall, mode: "skip" | "kill" | "killnowait"): void {
    this.#begin().cancel(call, mode);
  }
  answers(invocation: ReceivedInvocation, how: Answer): void {
    this.#begin().answer(invocation, how);
  }

  waits(until: number): number {
    const next = Math.min(until, ...this.#model.calls.map(({ deadline }) => deadline ?? until));
    this.#begin(next).timeOut();
    return next;
  }

  settled(messages: readonly Got[]): void {
    const model = this.#model;
    const got = messages.filter(([peer, message]) => model.present.has(peer) || message.type === M.ABORT);
    for (const [peer, message] of got) {
      const final = finalOf(message);
      if (final !== undefined) this.#final(peer, final);
    }
    for (const [peer, message] of got) if (message.type === M.INVOCATION) this.#invocation(peer, message);
    for (const [peer, message] of got) if (finalOf(message) === undefined) this.#other(peer, message);
    this.#nothingMissing();
    this.#consistent();
  }

  #begin(now: number = this.#network.router.clock.now()): CallModel {
    this.#served = [];
    this.#lapsed = new Set();
    this.#model.begin(now);
    return this.#model;
  }

  #callOf(peer: Peer, request: number): ModelCall {
    const call = this.#model.calls.find(({ sent }) => sent.caller === peer && sent.request === request);
    check(call !== undefined, `an answer to ${request} of ${peer.name}, which is no call`);
    return call;
  }

  #final(peer: Peer, message: Result | ErrorMessage): void {
    const call = this.#callOf(peer, message.request);
    const { finals, late } = this.#model.expected;
    const outcome = message.type === M.RESULT ? "result" : message.error;
    const wanted = finals.get(call);
    if (wanted !== undefined) {
      checkEqual(outcome, wanted, `the end of call ${call.sent.key}`);
      if (outcome === "result") checkEqual(message.payload.args?.[0], call.sent.key, "whose result it is");
      finals.delete(call);
      return;
    }
    // At the same moment a callee may have become free and turned out to lack a feature.
    if (late.delete(call) && outcome === ErrorUri.TIMEOUT) this.#lapsed.add(call);
    else check(this.#mayFail(call, outcome), `call ${call.sent.key} (${call.state}) ended with ${outcome}`);
    finish(call);
  }

  /** Whether a call that is assigned or waits may end so because nobody can serve it. */
  #mayFail(call: ModelCall, outcome: string): boolean {
    const { assigning, run } = this.#model;
    if (call.state !== "assigning" && call.state !== "waiting") return false;
    const left = candidates(call);
    switch (outcome) {
      case ErrorUri.MAX_CONCURRENCY_REACHED:
        return call.state === "assigning" && this.#mayWait(call) && (call.open || assigning.queued >= run.queueLimit);
      case ErrorUri.FEATURE_NOT_SUPPORTED:
        return (call.state === "assigning" && !this.#mayWait(call) ? assigning.choices : left).some((member) =>
          lacks(member, call),
        );
      case ErrorUri.NO_AVAILABLE_CALLEE:
        return call.tried.size > 0 && left.length === 0 && call.procedure.members.length > 0;
      case ErrorUri.CANCELED:
        return call.state === "waiting" && call.procedure.members.length === 0;
      default:
        return false;
    }
  }

  /** Whether every callee that the call may go to is busy, or may be: which shard it goes to is a matter of chance. */
  #mayWait({ sent }: ModelCall): boolean {
    return sent.options.rkey !== undefined || this.#model.assigning.choices.length === 0;
  }

  #invocation(peer: Peer, { request, details, payload }: Invocation): void {
    const call = this.#model.find(Number(payload.args?.[0]))!;
    if (payload.args?.length === 2) return this.#moreArguments(call, peer, request, details);
    const { assigning } = this.#model;
    const mayGo = call.state === "assigning" || call.state === "waiting" || this.#lapsed.has(call);
    check(mayGo, `an INVOCATION for call ${call.sent.key}, which is ${call.state}`);
    const member = candidates(call).find((candidate) => candidate.peer === peer);
    check(member !== undefined, `call ${call.sent.key} went to ${peer.name}, which cannot serve it`);
    check(call.state !== "assigning" || assigning.choices.includes(member), `${peer.name} was not to be chosen`);
    check(!lacks(member, call), `call ${call.sent.key} went to ${peer.name}, which lacks a feature`);
    checkEqual(details, detailsFor(call, member), `what ${peer.name} is told about call ${call.sent.key}`);
    call.member = member;
    call.invocation = request;
    member.invocations.add(call);
    if (this.#lapsed.has(call)) return this.#model.abandon(call, "killnowait");
    call.state = "running";
    this.#served.push(call);
    this.#model.watch(call);
    if (call.deadline === undefined) this.#model.expected.late.delete(call);
  }

  #moreArguments(call: ModelCall, peer: Peer, request: number, details: Invocation["details"]): void {
    check(
      remove(this.#model.expected.parts, (part) => part === call),
      `arguments for call ${call.sent.key}, unasked`,
    );
    checkEqual([peer.name, request], [call.member?.peer.name, call.invocation], "where more arguments go");
    checkEqual(details, detailsFor(call, call.member!), `what ${peer.name} is told about call ${call.sent.key}`);
  }

  #other(peer: Peer, message: Message): void {
    const { interrupts, progress, refusals, registered, aborts } = this.#model.expected;
    const expected = ((): boolean => {
      switch (message.type) {
        case M.INTERRUPT:
          return remove(
            interrupts,
            (one) => one.peer === peer && one.request === message.request && one.mode === message.options.mode,
          );
        case M.RESULT:
          return remove(progress, ({ sent }) => sent.caller === peer && sent.request === message.request);
        case M.ERROR:
          return remove(
            refusals,
            (one) => one.type === message.requestType && one.request === message.request && one.error === message.error,
          );
        case M.REGISTERED:
          return remove(registered, (one) => one.peer === peer && one.request === message.request);
        case M.ABORT:
          return aborts.delete(peer);
        default:
          return message.type === M.INVOCATION || message.type === M.UNREGISTERED;
      }
    })();
    check(expected, `unexpected: ${JSON.stringify(message)} to ${peer.name}`);
  }

  #nothingMissing(): void {
    const { finals, late, ...lists } = this.#model.expected;
    checkEqual(
      [...finals].map(([{ sent }, outcome]) => [sent.key, outcome]),
      [],
      "answers that did not come",
    );
    checkEqual(
      [...late].map(({ sent }) => sent.key),
      [],
      "calls that did not time out",
    );
    for (const [name, list] of Object.entries(lists)) checkEqual([...list].length, 0, `${name} that did not come`);
  }

  #consistent(): void {
    const model = this.#model;
    const { assigning, run } = model;
    for (const call of model.calls) {
      if (call.state !== "assigning") continue;
      check(this.#mayWait(call) && !call.open && assigning.queued < run.queueLimit, `call ${call.sent.key} is lost`);
      call.state = "waiting";
      model.watch(call);
    }
    for (const procedure of model.procedures.values())
      for (const call of model.waiting(procedure)) {
        const left = candidates(call);
        const busy = left.filter(({ invocations, concurrency }) => invocations.size >= concurrency);
        const waitsRightly = call.sent.options.rkey === undefined ? busy.length === left.length : busy.length > 0;
        check(left.length > 0 && waitsRightly, `call ${call.sent.key} waits in vain`);
        const overtaker = this.#served.find(
          (served) => served.procedure === procedure && served.sent.key > call.sent.key && !needsSpecificCallee(served),
        );
        check(overtaker === undefined || needsSpecificCallee(call), `call ${call.sent.key} was overtaken`);
      }
    for (const { member } of model.calls)
      check(
        member === undefined || member.invocations.size <= member.concurrency,
        `${member?.peer.name} has too many calls`,
      );
    const unfinished = model.calls.filter(({ state }) => state !== "done");
    const { sessions, registrations, pendingCalls, waitingCalls } = this.#network.counts;
    const counts = { sessions, registrations, pendingCalls, waitingCalls, timers: this.#network.router.clock.pending };
    const wanted = {
      sessions: model.present.size,
      registrations: [...model.procedures.values()].filter(({ members }) => members.length > 0).length,
      pendingCalls: unfinished.length,
      waitingCalls: unfinished.filter(({ state }) => state === "waiting").length,
      timers: model.calls.filter(({ deadline }) => deadline !== undefined).length,
    };
    checkEqual(counts, wanted, "what there is in the realm");
  }
}

/** The message, if it is the final answer to a call. */
function finalOf(message: Message): Result | ErrorMessage | undefined {
  if (message.type === M.RESULT && message.details.progress !== true) return message;
  return message.type === M.ERROR && message.requestType === M.CALL ? message : undefined;
}

/** Removes the first item that fits. @returns whether there was one. */
function remove<T>(list: T[], fits: (item: T) => boolean): boolean {
  const index = list.findIndex(fits);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

function checkEqual(actual: unknown, wanted: unknown, what: string): void {
  check(
    isDeepStrictEqual(actual, wanted),
    `${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`,
  );
}
