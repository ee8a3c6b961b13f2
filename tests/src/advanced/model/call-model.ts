import { ErrorUri, MessageType as M, type CancelMode, type Id, type Uri } from "@kreuz/codec";
import type { GotInvocation, MadeCall, Registered } from "./driver.js";
import { assert } from "./assert.js";
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
  /** Calls whose time is over while they wait: they end, unless a callee that minds timeouts itself gets them first. */
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

/** The life of calls as the specification and the router's README have it, but for what is a matter of chance. */
export class CallModel {
  readonly run: Run;
  readonly calls: ModelCall[] = [];
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly present: Set<Peer> = new Set();
  expected: Expected = nothing();
  /** Where the call that is placed in this step may go, and how many waited before it. */
  placing: { readonly choices: readonly Member[]; readonly queued: number } = { choices: [], queued: 0 };
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
      if (call.made.caller === peer && call.state !== "done") this.detach(call, "killnowait");
    for (const call of this.calls) {
      if (call.member?.peer !== peer) continue;
      if (call.state === "running") this.#end(call, ErrorUri.CANCELED);
      call.member.working.delete(call);
    }
    for (const procedure of this.procedures.values()) part(procedure, peer);
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
    members.push({ peer, concurrency, forward, disclose, working: new Set() });
  }

  unregister({ callee, procedure }: Registered): void {
    part(this.procedures.get(procedure)!, callee);
  }

  call(made: MadeCall): void {
    const { caller, options, procedure } = made;
    if (options.progress === true && !caller.has("caller.progressive_call_invocations")) return this.#abort(caller);
    if (options.ppt_scheme !== undefined && !caller.has("caller.payload_passthru_mode")) return this.#abort(caller);
    const [asked, ceiling] = [options.timeout ?? 0, this.run.ceiling ?? 0];
    const timeout = asked > 0 && ceiling > 0 ? Math.min(asked, ceiling) : Math.max(asked, ceiling);
    const call: ModelCall = {
      made,
      procedure: this.procedures.get(procedure)!,
      timeout,
      tried: new Set(),
      state: "placing",
      member: undefined,
      invocation: 0,
      open: made.open,
      parts: 1,
      interrupted: false,
      deadline: undefined,
    };
    this.calls.push(call);
    if (call.procedure.members.length === 0) return this.#end(call, ErrorUri.NO_SUCH_PROCEDURE);
    this.#place(call);
  }

  proceed({ key }: MadeCall, last: boolean): void {
    const call = this.find(key);
    if (call === undefined || call.state === "done") return;
    assert(call.open, "drivers go on with open calls only");
    call.open = !last;
    if (call.interrupted) return;
    call.parts++;
    this.expected.parts.push(call);
  }

  cancel({ key }: MadeCall, mode: CancelMode): void {
    const call = this.find(key);
    if (call === undefined || call.state === "done" || (mode === "kill" && call.interrupted)) return;
    if (mode === "kill" && call.member !== undefined && canCancel(call.member.peer)) {
      call.interrupted = true;
      return this.#interrupt(call, "kill");
    }
    this.detach(call, mode);
    this.expected.finals.set(call, ErrorUri.CANCELED);
  }

  answer({ callee, request, key }: GotInvocation, how: Answer): void {
    const sealed = how.startsWith("sealed");
    if (sealed && !callee.has("callee.payload_passthru_mode")) return this.#abort(callee);
    const call = this.find(key)!;
    const { member } = call;
    if (member?.peer !== callee || call.invocation !== request || !member.working.has(call)) return;
    const final = !how.endsWith("progress");
    if (call.state === "done") return void (final && member.working.delete(call));
    if (sealed && !call.made.caller.has("caller.payload_passthru_mode")) {
      const error = ErrorUri.FEATURE_NOT_SUPPORTED;
      this.expected.refusals.push({ peer: callee, type: M.YIELD, request, error });
      return this.#end(call, error);
    }
    if (!final) return this.#progress(call);
    if (how === "unavailable" && callee.has("callee.call_reroute")) return this.#reroute(call, member);
    this.#end(call, how === "error" ? "com.example.error" : how === "unavailable" ? ErrorUri.UNAVAILABLE : "result");
  }

  /** Time goes on to a moment when calls time out. */
  timeOut(): void {
    for (const call of this.calls) {
      if (call.deadline === undefined || call.deadline > this.now) continue;
      if (call.state === "waiting") this.expected.late.add(call);
      else this.#timeOut(call);
    }
  }

  #timeOut(call: ModelCall): void {
    this.detach(call, "killnowait");
    this.expected.finals.set(call, ErrorUri.TIMEOUT);
  }

  /** The caller is done with the call. A callee that is not told so stays busy with it, if that matters to it. */
  detach(call: ModelCall, mode: CancelMode): void {
    const { member } = call;
    const told = mode !== "skip" && member !== undefined && canCancel(member.peer);
    if (told) this.#interrupt(call, "killnowait");
    if (told || member?.concurrency === Number.POSITIVE_INFINITY) member?.working.delete(call);
    finish(call);
  }

  find(key: number): ModelCall | undefined {
    return this.calls.find(({ made }) => made.key === key);
  }

  waiting(procedure: Procedure): readonly ModelCall[] {
    return this.calls.filter((call) => call.state === "waiting" && call.procedure === procedure);
  }

  /** The time runs from the CALL on, unless the callee minds it. */
  watch(call: ModelCall): void {
    if (call.timeout === 0 || (call.member?.forward === true && this.run.ceiling === undefined))
      call.deadline = undefined;
    else call.deadline ??= this.now + call.timeout;
  }

  #place(call: ModelCall): void {
    call.state = "placing";
    this.placing = { choices: choices(call), queued: this.waiting(call.procedure).length };
  }

  #progress(call: ModelCall): void {
    call.deadline = undefined;
    this.watch(call);
    if (call.made.options.receive_progress === true) this.expected.progress.push(call);
  }

  #reroute(call: ModelCall, member: Member): void {
    call.tried.add(member.peer);
    member.working.delete(call);
    call.member = undefined;
    if (call.interrupted) return this.#end(call, ErrorUri.CANCELED);
    const again = call.procedure.policy !== "single" && call.parts === 1 && candidates(call).length > 0;
    if (again) this.#place(call);
    else this.#end(call, ErrorUri.NO_AVAILABLE_CALLEE);
  }

  #interrupt({ member, invocation: request }: ModelCall, mode: CancelMode): void {
    const peer = member!.peer;
    if (this.present.has(peer)) this.expected.interrupts.push({ peer, request, mode });
  }

  #end(call: ModelCall, outcome: Uri | "result"): void {
    call.member?.working.delete(call);
    finish(call);
    if (this.present.has(call.made.caller)) this.expected.finals.set(call, outcome);
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

function part(procedure: Procedure, peer: Peer): void {
  procedure.members = procedure.members.filter((member) => member.peer !== peer);
}
