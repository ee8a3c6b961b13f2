import { ErrorUri, MessageType as M, type CallOptions, type Id, type Message } from "@kreuz/codec";
import { createTestRouter } from "../../support/index.js";
import { Ledger } from "./call-invariants.js";
import type { Answer, CallStep, Leaving, RegisterStep, Run, Step } from "./steps.js";
import { World, type Peer } from "./test-network.js";

/** A call as its caller made it. `key` goes along as argument, so that everybody knows which call a message is about. */
export interface MadeCall {
  readonly key: number;
  readonly caller: Peer;
  readonly request: Id;
  readonly procedure: string;
  readonly options: CallOptions;
  /** Its caller has not sent the last part. */
  open: boolean;
}

/** An INVOCATION as its callee got it. */
export interface GotInvocation {
  readonly callee: Peer;
  readonly request: Id;
  readonly key: number;
}

export interface Registered {
  readonly callee: Peer;
  readonly procedure: string;
  readonly registration: Id;
}

/** Is told of every step before its messages are sent, and of all messages when they have arrived. */
export interface Watcher {
  joined(peer: Peer): void;
  leaves(peer: Peer): void;
  registers(peer: Peer, procedure: string, step: RegisterStep, request: Id): void;
  unregisters(registered: Registered): void;
  calls(call: MadeCall): void;
  proceeds(call: MadeCall, last: boolean): void;
  cancels(call: MadeCall, mode: "skip" | "kill" | "killnowait"): void;
  answers(invocation: GotInvocation, how: Answer): void;
  /** The time to go on to next: at most `until`. */
  waits(until: number): number;
  /** Everything of the step has arrived. */
  settled(messages: ReadonlyArray<readonly [Peer, Message]>): void;
}

/** How many of the last ones late messages are about. */
const LATE = 6;
const isLate = (which: number): boolean => which % 8 === 0;

const SEALED = { ppt_scheme: "x_test" };

/** Does what the steps say, as clients would that know only what has reached them. */
export class Driver {
  readonly world: World;
  readonly ledger: Ledger = new Ledger();
  readonly calls: MadeCall[] = [];
  readonly invocations: GotInvocation[] = [];
  readonly #run: Run;
  readonly #registered: Registered[] = [];
  readonly #answered = new Set<GotInvocation>();
  readonly #registering = new Map<Peer, Map<Id, string>>();
  #messages: Array<readonly [Peer, Message]> = [];
  /** A promise that was broken while a message was delivered. */
  #broken: unknown;

  private constructor(run: Run, world: (arrived: (peer: Peer, message: Message) => void) => World) {
    this.#run = run;
    this.world = world((peer, message) => this.#arrived(peer, message));
  }

  static async start(run: Run): Promise<Driver> {
    const permit = run.ceiling === undefined ? true : { allow: true as const, maxCallTimeout: run.ceiling };
    const router = await createTestRouter({
      limits: { queuedCallsPerRegistration: run.queueLimit },
      strictRequestIds: run.strictRequestIds,
      strictProgressiveInvocations: true,
      realm: { authorizer: { authorize: (_session, { type }) => (type === "call" ? permit : true) } },
    });
    return new Driver(run, (arrived) => new World(router, arrived));
  }

  get now(): number {
    return this.world.router.clock.now();
  }

  /** One step; with a watcher, until everything has arrived. */
  async take(step: Step, watcher?: Watcher): Promise<void> {
    if (step.do === "join") watcher?.joined(await this.world.join(step.features));
    else if (step.do === "wait") await this.#wait(step.ms, watcher);
    else this.#act(step, watcher);
    if (watcher !== undefined) await this.#settle(watcher);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Whoever is still asked gives a result, until nobody waits any longer. */
  async finish(): Promise<void> {
    for (let answered = 0; ;) {
      await this.world.quiet();
      if (this.#broken !== undefined) throw this.#broken;
      if (answered === this.invocations.length) break;
      for (; answered < this.invocations.length; answered++) {
        const invocation = this.invocations[answered]!;
        if (!invocation.callee.gone) this.#answer(invocation, "result");
      }
    }
    const unanswered = this.ledger.unanswered.map(({ caller, request }) => `${request} of ${caller.name}`);
    if (unanswered.length > 0) throw new Error(`never answered: ${unanswered.join(", ")}`);
  }

  #act(step: Exclude<Step, { do: "join" | "wait" }>, watcher: Watcher | undefined): void {
    switch (step.do) {
      case "leave":
        return with_(this.#present, step.who, (peer) => this.#leave(peer, step.how, watcher));
      case "register":
        return with_(this.#present, step.who, (peer) => this.#register(peer, step, watcher));
      case "unregister":
        return with_(this.#registered, step.which, (registered) => this.#unregister(registered, watcher));
      case "call":
        return with_(this.#present, step.who, (peer) => this.#call(peer, step, watcher));
      case "proceed":
        return with_(this.#streams(step.which), step.which, (call) => this.#proceed(call, step.last, watcher));
      case "cancel":
        return with_(this.#calls(step.which), step.which, (call) => {
          watcher?.cancels(call, step.mode ?? "killnowait");
          const options = step.mode === undefined ? {} : { mode: step.mode };
          call.caller.send({ type: M.CANCEL, request: call.request, options });
        });
      case "answer":
        return with_(this.#invocations(step.which), step.which, (invocation) => {
          watcher?.answers(invocation, step.how);
          this.#answer(invocation, step.how);
        });
    }
  }

  get #present(): readonly Peer[] {
    return this.world.peers.filter(({ gone }) => !gone);
  }

  /** Mostly those that are not answered yet, as far as their callers know; now and then any. */
  #calls(which: number): readonly MadeCall[] {
    const there = this.calls.filter(({ caller }) => !caller.gone);
    const open = there.filter(({ caller, request }) => !this.ledger.isAnswered(caller, request));
    return isLate(which) ? there.slice(-LATE) : open;
  }

  #streams(which: number): readonly MadeCall[] {
    return this.#calls(which).filter(({ open }) => open);
  }

  /** Mostly those that their callees have not answered yet; now and then any. */
  #invocations(which: number): readonly GotInvocation[] {
    const there = this.invocations.filter(({ callee }) => !callee.gone);
    return isLate(which) ? there.slice(-LATE) : there.filter((invocation) => !this.#answered.has(invocation));
  }

  #leave(peer: Peer, how: Leaving, watcher: Watcher | undefined): void {
    watcher?.leaves(peer);
    for (let index = this.#registered.length - 1; index >= 0; index--)
      if (this.#registered[index]!.callee === peer) this.#registered.splice(index, 1);
    if (how === "goodbye") peer.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.normal" });
    if (how === "violation") peer.send({ type: M.INTERRUPT, request: 1, options: {} });
    // The transport flushes what was sent before it closes.
    peer.close();
  }

  #register(peer: Peer, step: RegisterStep, watcher: Watcher | undefined): void {
    const policy = this.#run.procedures[step.procedure % this.#run.procedures.length]!;
    const [procedure, request] = [`com.example.${policy}`, peer.nextRequest++];
    const known = this.#registering.get(peer) ?? new Map<Id, string>();
    this.#registering.set(peer, known.set(request, procedure));
    watcher?.registers(peer, procedure, step, request);
    const { concurrency, forward_timeout, disclose_caller } = step;
    const options = { invoke: policy, concurrency, forward_timeout, disclose_caller };
    peer.send({ type: M.REGISTER, request, options, procedure });
  }

  #unregister(registered: Registered, watcher: Watcher | undefined): void {
    watcher?.unregisters(registered);
    this.#registered.splice(this.#registered.indexOf(registered), 1);
    const { callee, registration } = registered;
    callee.send({ type: M.UNREGISTER, request: callee.nextRequest++, registration });
  }

  #call(caller: Peer, step: CallStep, watcher: Watcher | undefined): void {
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
    this.ledger.called(caller, request, options);
    watcher?.calls(call);
    caller.send({ type: M.CALL, request, options, procedure, payload: { args: [call.key] } });
  }

  #proceed(call: MadeCall, last: boolean, watcher: Watcher | undefined): void {
    const { caller, request, procedure, key } = call;
    watcher?.proceeds(call, last);
    if (last) call.open = false;
    // Options other than progress are not to be looked at any more.
    const options = { progress: !last, receive_progress: !call.options.receive_progress, timeout: 1 };
    caller.send({ type: M.CALL, request, options, procedure, payload: { args: [key, "more"] } });
  }

  #answer(invocation: GotInvocation, how: Answer): void {
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

  /** Moves time; with a watcher, from one timeout to the next, so that it sees what each of them brings about. */
  async #wait(ms: number, watcher: Watcher | undefined): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      const next = watcher?.waits(end) ?? end;
      this.world.router.clock.advance(next - this.now);
      if (watcher !== undefined && next < end) await this.#settle(watcher);
    }
  }

  async #settle(watcher: Watcher): Promise<void> {
    await this.world.quiet();
    const messages = this.#messages;
    this.#messages = [];
    watcher.settled(messages);
  }

  #arrived(peer: Peer, message: Message): void {
    this.#messages.push([peer, message]);
    try {
      this.ledger.received(peer, message);
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

function with_<T>(list: readonly T[], index: number, action: (item: T) => void): void {
  if (list.length > 0) action(list[index % list.length]!);
}
