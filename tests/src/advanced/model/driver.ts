import { ErrorUri, MessageType as M, type CallOptions, type Id, type Message } from "@kreuz/codec";
import { createTestRouter } from "../../support/index.js";
import { CallInvariants } from "./call-invariants.js";
import { CallEnds } from "./call-ends.js";
import type { Answer, CallStep, Departure, RegisterStep, Run, Step } from "./steps.js";
import { TestNetwork, type Peer } from "./test-network.js";

/** A call as its caller sent it. `key` is its first argument, so that every message tells which call it is about. */
export interface SentCall {
  readonly key: number;
  readonly caller: Peer;
  readonly request: Id;
  readonly procedure: string;
  readonly options: CallOptions;
  /** True while the caller may send more arguments. */
  open: boolean;
}

/** An INVOCATION as its callee received it. */
export interface ReceivedInvocation {
  readonly callee: Peer;
  readonly request: Id;
  readonly key: number;
}

export interface Registered {
  readonly callee: Peer;
  readonly procedure: string;
  readonly registration: Id;
}

/** Is told of every step before its messages are sent, and of all messages that it caused once they have arrived. */
export interface StepObserver {
  joined(peer: Peer): void;
  leaves(peer: Peer): void;
  registers(peer: Peer, procedure: string, step: RegisterStep, request: Id): void;
  unregisters(registered: Registered): void;
  calls(call: SentCall): void;
  continues(call: SentCall, last: boolean): void;
  cancels(call: SentCall, mode: "skip" | "kill" | "killnowait"): void;
  answers(invocation: ReceivedInvocation, how: Answer): void;
  /** @returns the time to advance to, at most `until`. */
  waits(until: number): number;
  /** Takes all messages that the step caused. */
  settled(messages: ReadonlyArray<readonly [Peer, Message]>): void;
}

/** Late messages are about one of this many last calls or invocations. */
const LATE = 6;
const isLate = (which: number): boolean => which % 8 === 0;

const SEALED = { ppt_scheme: "x_test" };

/** Takes the steps, as clients would that know only what has reached them. */
export class Driver {
  readonly network: TestNetwork;
  /** How plugins heard of the ends of calls. */
  readonly ends: CallEnds;
  readonly invariants: CallInvariants = new CallInvariants();
  readonly calls: SentCall[] = [];
  readonly invocations: ReceivedInvocation[] = [];
  readonly #run: Run;
  readonly #registered: Registered[] = [];
  readonly #answered = new Set<ReceivedInvocation>();
  readonly #registering = new Map<Peer, Map<Id, string>>();
  #messages: Array<readonly [Peer, Message]> = [];
  /** The first invariant that a message broke. */
  #broken: unknown;

  private constructor(
    run: Run,
    network: (arrived: (peer: Peer, message: Message) => void) => TestNetwork,
    ends: CallEnds,
  ) {
    this.#run = run;
    this.ends = ends;
    this.network = network((peer, message) => this.#arrived(peer, message));
  }

  static async start(run: Run): Promise<Driver> {
    const permit = run.ceiling === undefined ? true : { allow: true as const, maxCallTimeout: run.ceiling };
    const ends = new CallEnds();
    const router = await createTestRouter({
      limits: { queuedCallsPerRegistration: run.queueLimit },
      strictRequestIds: run.strictRequestIds,
      strictProgressiveInvocations: true,
      realm: {
        authorizer: { authorize: (_session, { type }) => (type === "call" ? permit : true) },
        plugins: [ends],
      },
    });
    return new Driver(run, (arrived) => new TestNetwork(router, arrived), ends);
  }

  get now(): number {
    return this.network.router.clock.now();
  }

  /** Takes a step. With an observer, waits until everything has arrived. */
  async take(step: Step, observer?: StepObserver): Promise<void> {
    if (step.do === "join") await this.#join(step.features, observer);
    else if (step.do === "wait") await this.#wait(step.ms, observer);
    else this.#act(step, observer);
    if (observer !== undefined) await this.#settle(observer);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Answers all open invocations until no call waits for an answer. */
  async finish(): Promise<void> {
    for (let answered = 0; ;) {
      await this.network.settle();
      await this.network.quiet();
      if (this.#broken !== undefined) throw this.#broken;
      if (answered === this.invocations.length) break;
      for (; answered < this.invocations.length; answered++) {
        const invocation = this.invocations[answered]!;
        if (!invocation.callee.gone) this.#answer(invocation, "result");
      }
    }
    const unanswered = this.invariants.unanswered.map(({ caller, request }) => `${request} of ${caller.name}`);
    if (unanswered.length > 0) throw new Error(`never answered: ${unanswered.join(", ")}`);
  }

  async #join(features: Peer["features"], observer: StepObserver | undefined): Promise<void> {
    const peer = await this.network.join(features);
    observer?.joined(peer);
  }

  #act(step: Exclude<Step, { do: "join" | "wait" }>, observer: StepObserver | undefined): void {
    switch (step.do) {
      case "leave":
        return pickFrom(this.#present, step.who, (peer) => this.#leave(peer, step.how, observer));
      case "register":
        return pickFrom(this.#present, step.who, (peer) => this.#register(peer, step, observer));
      case "unregister":
        return pickFrom(this.#registered, step.which, (registered) => this.#unregister(registered, observer));
      case "call":
        return pickFrom(this.#present, step.who, (peer) => this.#call(peer, step, observer));
      case "continue":
        return pickFrom(this.#streams(step.which), step.which, (call) => this.#continueCall(call, step.last, observer));
      case "cancel":
        return pickFrom(this.#calls(step.which), step.which, (call) => {
          observer?.cancels(call, step.mode ?? "killnowait");
          const options = step.mode === undefined ? {} : { mode: step.mode };
          call.caller.send({ type: M.CANCEL, request: call.request, options });
        });
      case "answer":
        return pickFrom(this.#invocations(step.which), step.which, (invocation) => {
          observer?.answers(invocation, step.how);
          this.#answer(invocation, step.how);
        });
    }
  }

  get #present(): readonly Peer[] {
    return this.network.peers.filter(({ gone }) => !gone);
  }

  /** Mostly calls that are not answered yet, as far as their callers know; sometimes any. */
  #calls(which: number): readonly SentCall[] {
    const there = this.calls.filter(({ caller }) => !caller.gone);
    const open = there.filter(({ caller, request }) => !this.invariants.isAnswered(caller, request));
    return isLate(which) ? there.slice(-LATE) : open;
  }

  #streams(which: number): readonly SentCall[] {
    return this.#calls(which).filter(({ open }) => open);
  }

  /** Mostly invocations that are not answered yet; sometimes any. */
  #invocations(which: number): readonly ReceivedInvocation[] {
    const there = this.invocations.filter(({ callee }) => !callee.gone);
    return isLate(which) ? there.slice(-LATE) : there.filter((invocation) => !this.#answered.has(invocation));
  }

  #leave(peer: Peer, how: Departure, observer: StepObserver | undefined): void {
    observer?.leaves(peer);
    for (let index = this.#registered.length - 1; index >= 0; index--)
      if (this.#registered[index]!.callee === peer) this.#registered.splice(index, 1);
    if (how === "goodbye") peer.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.normal" });
    if (how === "violation") peer.send({ type: M.INTERRUPT, request: 1, options: {} });
    // The transport flushes what was sent before it closes.
    peer.close();
  }

  #register(peer: Peer, step: RegisterStep, observer: StepObserver | undefined): void {
    const policy = this.#run.procedures[step.procedure % this.#run.procedures.length]!;
    const [procedure, request] = [`com.example.${policy}`, peer.nextRequest++];
    const known = this.#registering.get(peer) ?? new Map<Id, string>();
    this.#registering.set(peer, known.set(request, procedure));
    observer?.registers(peer, procedure, step, request);
    const { concurrency, forward_timeout, disclose_caller } = step;
    const options = { invoke: policy, concurrency, forward_timeout, disclose_caller };
    peer.send({ type: M.REGISTER, request, options, procedure });
  }

  #unregister(registered: Registered, observer: StepObserver | undefined): void {
    observer?.unregisters(registered);
    this.#registered.splice(this.#registered.indexOf(registered), 1);
    const { callee, registration } = registered;
    callee.send({ type: M.UNREGISTER, request: callee.nextRequest++, registration });
  }

  #call(caller: Peer, step: CallStep, observer: StepObserver | undefined): void {
    const procedure = `com.example.${this.#run.procedures[step.procedure % this.#run.procedures.length]!}`;
    const { progress, receive_progress, disclose_me, timeout, rkey } = step;
    const options: CallOptions = {
      ...(progress ? { progress } : {}),
      ...(receive_progress ? { receive_progress } : {}),
      ...(disclose_me ? { disclose_me } : {}),
      ...(timeout > 0 ? { timeout } : {}),
      ...(step.sealed ? SEALED : {}),
      ...(rkey === undefined ? {} : { runmode: "partition", rkey }),
    };
    const request = caller.nextRequest++;
    const call = { key: this.calls.length, caller, request, procedure, options, open: progress };
    this.calls.push(call);
    this.invariants.called(caller, request, options);
    observer?.calls(call);
    caller.send({ type: M.CALL, request, options, procedure, payload: { args: [call.key] } });
  }

  #continueCall(call: SentCall, last: boolean, observer: StepObserver | undefined): void {
    const { caller, request, procedure, key } = call;
    observer?.continues(call, last);
    if (last) call.open = false;
    // The router must ignore every option but progress.
    const options = { progress: !last, receive_progress: !call.options.receive_progress, timeout: 1 };
    caller.send({ type: M.CALL, request, options, procedure, payload: { args: [key, "more"] } });
  }

  #answer(invocation: ReceivedInvocation, how: Answer): void {
    const { callee, request, key } = invocation;
    if (!how.endsWith("progress")) this.#answered.add(invocation);
    const payload = { args: [key, how] };
    if (how === "error" || how === "unavailable") {
      const error = how === "error" ? "com.example.error" : ErrorUri.UNAVAILABLE;
      return callee.send({ type: M.ERROR, requestType: M.INVOCATION, request, details: {}, error, payload });
    }
    const options = {
      ...(how.endsWith("progress") ? { progress: true } : {}),
      ...(how.startsWith("sealed") ? SEALED : {}),
    };
    callee.send({ type: M.YIELD, request, options, payload });
  }

  /** Advances the clock. With an observer, stops at each timeout, so that the observer sees what it causes. */
  async #wait(ms: number, observer: StepObserver | undefined): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      const next = observer?.waits(end) ?? end;
      this.network.router.clock.advance(next - this.now);
      if (observer !== undefined && next < end) await this.#settle(observer);
    }
  }

  async #settle(observer: StepObserver): Promise<void> {
    await this.network.settle();
    // Work that was left for another turn of the event loop.
    this.network.router.clock.advance(0);
    await this.network.settle();
    const messages = this.#messages;
    this.#messages = [];
    observer.settled(messages);
  }

  #arrived(peer: Peer, message: Message): void {
    this.#messages.push([peer, message]);
    try {
      this.invariants.received(peer, message);
    } catch (error) {
      this.#broken ??= error;
    }
    if (message.type === M.INVOCATION && message.payload.args?.length === 1)
      this.invocations.push({ callee: peer, request: message.request, key: Number(message.payload.args[0]) });
    if (message.type === M.REGISTERED)
      this.#registered.push({
        callee: peer,
        procedure: this.#registering.get(peer)!.get(message.request)!,
        registration: message.registration,
      });
    if (message.type === M.ABORT) {
      peer.gone = true;
      const left = this.#registered.filter(({ callee }) => callee !== peer);
      this.#registered.splice(0, this.#registered.length, ...left);
    }
  }
}

function pickFrom<T>(list: readonly T[], index: number, action: (item: T) => void): void {
  if (list.length > 0) action(list[index % list.length]!);
}
