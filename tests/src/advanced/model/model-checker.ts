import {
  ErrorUri,
  MessageType as M,
  type ErrorMessage,
  type Invocation,
  type Message,
  type Result,
} from "@kreuz/codec";
import { finish, type CallModel } from "./call-model.js";
import type { GotInvocation, MadeCall, Registered, Watcher } from "./driver.js";
import { assert, same } from "./assert.js";
import { candidates, detailsFor, isParticular, lacks, type ModelCall } from "./model-call.js";
import type { Answer, RegisterStep } from "./steps.js";
import type { Peer, World } from "./test-network.js";

type Got = readonly [Peer, Message];

/** Compares what clients get with the model, step by step, and lets the model know what was a matter of chance. */
export class Judge implements Watcher {
  readonly #model: CallModel;
  readonly #world: World;
  #served: ModelCall[] = [];
  /** Calls whose time was over in this step while they waited. */
  #lapsed = new Set<ModelCall>();

  constructor(model: CallModel, world: World) {
    this.#model = model;
    this.#world = world;
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
  calls(call: MadeCall): void {
    this.#begin().call(call);
  }
  proceeds(call: MadeCall, last: boolean): void {
    this.#begin().proceed(call, last);
  }
  cancels(call: MadeCall, mode: "skip" | "kill" | "killnowait"): void {
    this.#begin().cancel(call, mode);
  }
  answers(invocation: GotInvocation, how: Answer): void {
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

  #begin(now: number = this.#world.router.clock.now()): CallModel {
    this.#served = [];
    this.#lapsed = new Set();
    this.#model.begin(now);
    return this.#model;
  }

  #callOf(peer: Peer, request: number): ModelCall {
    const call = this.#model.calls.find(({ made }) => made.caller === peer && made.request === request);
    assert(call !== undefined, `an answer to ${request} of ${peer.name}, which is no call`);
    return call;
  }

  #final(peer: Peer, message: Result | ErrorMessage): void {
    const call = this.#callOf(peer, message.request);
    const { finals, late } = this.#model.expected;
    const outcome = message.type === M.RESULT ? "result" : message.error;
    const wanted = finals.get(call);
    if (wanted !== undefined) {
      same(outcome, wanted, `the end of call ${call.made.key}`);
      if (outcome === "result") same(message.payload.args?.[0], call.made.key, "whose result it is");
      finals.delete(call);
      return;
    }
    // At the same moment a callee may have got time for it, and turned out to lack a feature.
    if (late.delete(call) && outcome === ErrorUri.TIMEOUT) this.#lapsed.add(call);
    else assert(this.#mayFail(call, outcome), `call ${call.made.key} (${call.state}) ended with ${outcome}`);
    finish(call);
  }

  /** Whether nobody can serve a call that is placed or waits. */
  #mayFail(call: ModelCall, outcome: string): boolean {
    const { placing, run } = this.#model;
    if (call.state !== "placing" && call.state !== "waiting") return false;
    const left = candidates(call);
    switch (outcome) {
      case ErrorUri.MAX_CONCURRENCY_REACHED:
        return call.state === "placing" && this.#mayWait(call) && (call.open || placing.queued >= run.queueLimit);
      case ErrorUri.FEATURE_NOT_SUPPORTED:
        return (call.state === "placing" && !this.#mayWait(call) ? placing.choices : left).some((member) =>
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

  /** Everybody who might serve the call that is placed is busy, or may be: which shard it is for is a matter of chance. */
  #mayWait({ made }: ModelCall): boolean {
    return made.options.rkey !== undefined || this.#model.placing.choices.length === 0;
  }

  #invocation(peer: Peer, { request, details, payload }: Invocation): void {
    const call = this.#model.find(Number(payload.args?.[0]))!;
    if (payload.args?.length === 2) return this.#part(call, peer, request, details);
    const { placing } = this.#model;
    const mayGo = call.state === "placing" || call.state === "waiting" || this.#lapsed.has(call);
    assert(mayGo, `an INVOCATION for call ${call.made.key}, which is ${call.state}`);
    const member = candidates(call).find((candidate) => candidate.peer === peer);
    assert(member !== undefined, `call ${call.made.key} went to ${peer.name}, which cannot serve it`);
    assert(call.state !== "placing" || placing.choices.includes(member), `${peer.name} was not to be chosen`);
    assert(!lacks(member, call), `call ${call.made.key} went to ${peer.name}, which lacks a feature`);
    same(details, detailsFor(call, member), `what ${peer.name} is told about call ${call.made.key}`);
    call.member = member;
    call.invocation = request;
    member.working.add(call);
    if (this.#lapsed.has(call)) return this.#model.detach(call, "killnowait");
    call.state = "running";
    this.#served.push(call);
    this.#model.watch(call);
    if (call.deadline === undefined) this.#model.expected.late.delete(call);
  }

  #part(call: ModelCall, peer: Peer, request: number, details: Invocation["details"]): void {
    assert(
      remove(this.#model.expected.parts, (part) => part === call),
      `arguments for call ${call.made.key}, unasked`,
    );
    same([peer.name, request], [call.member?.peer.name, call.invocation], "where more arguments go");
    same(details, detailsFor(call, call.member!), `what ${peer.name} is told about call ${call.made.key}`);
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
          return remove(progress, ({ made }) => made.caller === peer && made.request === message.request);
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
    assert(expected, `unexpected: ${JSON.stringify(message)} to ${peer.name}`);
  }

  #nothingMissing(): void {
    const { finals, late, ...lists } = this.#model.expected;
    same(
      [...finals].map(([{ made }, outcome]) => [made.key, outcome]),
      [],
      "answers that did not come",
    );
    same(
      [...late].map(({ made }) => made.key),
      [],
      "calls that did not time out",
    );
    for (const [name, list] of Object.entries(lists)) same([...list].length, 0, `${name} that did not come`);
  }

  #consistent(): void {
    const model = this.#model;
    const { placing, run } = model;
    for (const call of model.calls) {
      if (call.state !== "placing") continue;
      assert(this.#mayWait(call) && !call.open && placing.queued < run.queueLimit, `call ${call.made.key} is lost`);
      call.state = "waiting";
      model.watch(call);
    }
    for (const procedure of model.procedures.values())
      for (const call of model.waiting(procedure)) {
        const left = candidates(call);
        const busy = left.filter(({ working, concurrency }) => working.size >= concurrency);
        const waitsRightly = call.made.options.rkey === undefined ? busy.length === left.length : busy.length > 0;
        assert(left.length > 0 && waitsRightly, `call ${call.made.key} waits in vain`);
        const overtaker = this.#served.find(
          (served) => served.procedure === procedure && served.made.key > call.made.key && !isParticular(served),
        );
        assert(overtaker === undefined || isParticular(call), `call ${call.made.key} was overtaken`);
      }
    for (const { member } of model.calls)
      assert(
        member === undefined || member.working.size <= member.concurrency,
        `${member?.peer.name} has too many calls`,
      );
    const unfinished = model.calls.filter(({ state }) => state !== "done");
    const { sessions, registrations, pendingCalls, waitingCalls } = this.#world.counts;
    const counts = { sessions, registrations, pendingCalls, waitingCalls, timers: this.#world.router.clock.pending };
    const wanted = {
      sessions: model.present.size,
      registrations: [...model.procedures.values()].filter(({ members }) => members.length > 0).length,
      pendingCalls: unfinished.length,
      waitingCalls: unfinished.filter(({ state }) => state === "waiting").length,
      timers: model.calls.filter(({ deadline }) => deadline !== undefined).length,
    };
    same(counts, wanted, "what there is in the realm");
  }
}

/** The message as the one final answer of a call, if it is that. */
function finalOf(message: Message): Result | ErrorMessage | undefined {
  if (message.type === M.RESULT && message.details.progress !== true) return message;
  return message.type === M.ERROR && message.requestType === M.CALL ? message : undefined;
}

/** Takes the first one that fits out of a list. @returns whether there was one. */
function remove<T>(list: T[], fits: (item: T) => boolean): boolean {
  const index = list.findIndex(fits);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
