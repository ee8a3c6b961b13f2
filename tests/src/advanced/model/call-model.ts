import { ErrorUri, MessageType as M, type CancelMode, type Id, type Uri } from "@kreuz/codec";
import type { ReceivedInvocation, SentCall, Registered } from "./driver.js";
import { check } from "@kreuz/testkit";
import { canCancel, candidates, choices, type Member, type ModelCall, type Procedure } from "./model-call.js";
import type { Answer, RegisterStep, Run } from "./steps.js";
import type { Peer } from "./test-network.js";

/** What clients must get after a step, and nothing else. */
export interface Expected {
  /** The one final answer: an error, or the callee's result. */
  readonly finals: Map<ModelCall, Uri | "result">;
  readonly progress: ModelCall[];
  /** More arguments. */
  readonly parts: ModelCall[];
  readonly interrupts: Array<{ readonly peer: Peer; readonly request: Id; readonly mode: CancelMode }>;
  readonly refusals: Array<{ readonly peer: Peer; readonly type: number; readonly request: Id; readonly error: Uri }>;
  readonly registered: Array<{ readonly peer: Peer; readonly request: Id }>;
  readonly aborts: Set<Peer>;
  /** Calls that time out while they wait: they end, unless a callee that takes care of timeouts gets them first. */
  readonly late: Set<ModelCall>;
}

const nothing = (): Expected => ({
  finals: new Map(),
  progress: [],
  parts: [],
  interrupts: [],
  refusals: [],
  registered: [],
  aborts: new Set(),
  late: new Set(),
});

/** What becomes of calls by the specification and the router's README, except where it is a matter of chance. */
export class CallModel {
  readonly run: Run;
  readonly calls: ModelCall[] = [];
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly present: Set<Peer> = new Set();
  expected: Expected = nothing();
  /** The callees that the call of this step may go to, and how many calls were waiting before it. */
  assigning: { readonly choices: readonly Member[]; readonly queued: number } = { choices: [], queued: 0 };
  now = 0;

  constructor(run: Run) {
    this.run = run;
    this.procedures = new Map(run.procedures.map((policy) => [`com.example.${policy}`, { policy, members: [] }]));
  }

  begin(now: number): void {
    this.now = now;
    this.expected = nothing();
  }

  join(peer: Peer): void {
    this.present.add(peer);
  }

  leave(peer: Peer): void {
    this.present.delete(peer);
    for (const call of this.calls)
      if (call.sent.caller === peer && call.state !== "done") this.abandon(call, "killnowait");
    for (const call of this.calls) {
      if (call.member?.peer !== peer) continue;
      if (call.state === "running") this.#end(call, ErrorUri.CANCELED);
      call.member.invocations.delete(call);
    }
    for (const procedure of this.procedures.values()) removeMember(procedure, peer);
  }

  register(peer: Peer, name: string, step: RegisterStep, request: Id): void {
    const { policy, members } = this.procedures.get(name)!;
    if ((policy === "single" && members.length > 0) || members.some((member) => member.peer === peer)) {
      const error = ErrorUri.PROCEDURE_ALREADY_EXISTS;
      return void this.expected.refusals.push({ peer, type: M.REGISTER, request, error });
    }
    this.expected.registered.push({ peer, request });
    const { forward_timeout: forward, disclose_caller: disclose } = step;
    const concurrency = step.concurrency === 0 ? Number.POSITIVE_INFINITY : step.concurrency;
    members.push({ peer, concurrency, forward, disclose, invocations: new Set() });
  }

  unregister({ callee, procedure }: Registered): void {
    removeMember(this.procedures.get(procedure)!, callee);
  }

  call(sent: SentCall): void {
    const { caller, options, procedure } = sent;
    if (options.progress === true && !caller.has("caller.progressive_call_invocations")) return this.#abort(caller);
    if (options.ppt_scheme !== undefined && !caller.has("caller.payload_passthru_mode")) return this.#abort(caller);
    const [asked, ceiling] = [options.timeout ?? 0, this.run.ceiling ?? 0];
    const timeout = asked > 0 && ceiling > 0 ? Math.min(asked, ceiling) : Math.max(asked, ceiling);
    const call: ModelCall = {
      sent,
      procedure: this.procedures.get(procedure)!,
      timeout,
      tried: new Set(),
      state: "assigning",
      member: undefined,
      invocation: 0,
      open: sent.open,
      parts: 1,
      interrupted: false,
      deadline: undefined,
    };
    this.calls.push(call);
    if (call.procedure.members.length === 0) return this.#end(call, ErrorUri.NO_SUCH_PROCEDURE);
    this.#assign(call);
  }

  continueCall({ key }: SentCall, last: boolean): void {
    const call = this.find(key);
    if (call === undefined || call.state === "done") return;
    check(call.open, "the driver continues open calls only");
    call.open = !last;
    if (call.interrupted) return;
    call.parts++;
    this.expected.parts.push(call);
  }

  cancel({ key }: SentCall, mode: CancelMode): void {
    const call = this.find(key);
    if (call === undefined || call.state === "done" || (mode === "kill" && call.interrupted)) return;
    if (mode === "kill" && call.member !== undefined && canCancel(call.member.peer)) {
      call.interrupted = true;
      return this.#interrupt(call, "kill");
    }
    this.abandon(call, mode);
    this.expected.finals.set(call, ErrorUri.CANCELED);
  }

  answer({ callee, request, key }: ReceivedInvocation, how: Answer): void {
    const sealed = how.startsWith("sealed");
    if (sealed && !callee.has("callee.payload_passthru_mode")) return this.#abort(callee);
    const call = this.find(key)!;
    const { member } = call;
    if (member?.peer !== callee || call.invocation !== request || !member.invocations.has(call)) return;
    const final = !how.endsWith("progress");
    if (call.state === "done") return void (final && member.invocations.delete(call));
    if (sealed && !call.sent.caller.has("caller.payload_passthru_mode")) {
      const error = ErrorUri.FEATURE_NOT_SUPPORTED;
      this.expected.refusals.push({ peer: callee, type: M.YIELD, request, error });
      return this.#end(call, error);
    }
    if (!final) return this.#progress(call);
    if (how === "unavailable" && callee.has("callee.call_reroute")) return this.#reroute(call, member);
    this.#end(call, how === "error" ? "com.example.error" : how === "unavailable" ? ErrorUri.UNAVAILABLE : "result");
  }

  /** Applies the timeouts that are due. */
  timeOut(): void {
    for (const call of this.calls) {
      if (call.deadline === undefined || call.deadline > this.now) continue;
      if (call.state === "waiting") this.expected.late.add(call);
      else this.#timeOut(call);
    }
  }

  #timeOut(call: ModelCall): void {
    this.abandon(call, "killnowait");
    this.expected.finals.set(call, ErrorUri.TIMEOUT);
  }

  /** Ends the call for its caller. A callee that is not interrupted stays busy with it, if its concurrency is limited. */
  abandon(call: ModelCall, mode: CancelMode): void {
    const { member } = call;
    const told = mode !== "skip" && member !== undefined && canCancel(member.peer);
    if (told) this.#interrupt(call, "killnowait");
    if (told || member?.concurrency === Number.POSITIVE_INFINITY) member?.invocations.delete(call);
    finish(call);
  }

  find(key: number): ModelCall | undefined {
    return this.calls.find(({ sent }) => sent.key === key);
  }

  waiting(procedure: Procedure): readonly ModelCall[] {
    return this.calls.filter((call) => call.state === "waiting" && call.procedure === procedure);
  }

  /** Starts the timeout of a call, which counts from CALL, unless the callee takes care of it. */
  watch(call: ModelCall): void {
    if (call.timeout === 0 || (call.member?.forward === true && this.run.ceiling === undefined))
      call.deadline = undefined;
    else call.deadline ??= this.now + call.timeout;
  }

  #assign(call: ModelCall): void {
    call.state = "assigning";
    this.assigning = { choices: choices(call), queued: this.waiting(call.procedure).length };
  }

  #progress(call: ModelCall): void {
    call.deadline = undefined;
    this.watch(call);
    if (call.sent.options.receive_progress === true) this.expected.progress.push(call);
  }

  #reroute(call: ModelCall, member: Member): void {
    call.tried.add(member.peer);
    member.invocations.delete(call);
    call.member = undefined;
    if (call.interrupted) return this.#end(call, ErrorUri.CANCELED);
    const again = call.procedure.policy !== "single" && call.parts === 1 && candidates(call).length > 0;
    if (again) this.#assign(call);
    else this.#end(call, ErrorUri.NO_AVAILABLE_CALLEE);
  }

  #interrupt({ member, invocation: request }: ModelCall, mode: CancelMode): void {
    const peer = member!.peer;
    if (this.present.has(peer)) this.expected.interrupts.push({ peer, request, mode });
  }

  #end(call: ModelCall, outcome: Uri | "result"): void {
    call.member?.invocations.delete(call);
    finish(call);
    if (this.present.has(call.sent.caller)) this.expected.finals.set(call, outcome);
  }

  #abort(peer: Peer): void {
    this.expected.aborts.add(peer);
    this.leave(peer);
  }
}

export function finish(call: ModelCall): void {
  call.state = "done";
  call.deadline = undefined;
}

function removeMember(procedure: Procedure, peer: Peer): void {
  procedure.members = procedure.members.filter((member) => member.peer !== peer);
}
