import type { Id } from "@kreuz/codec";
import type { WorldNode } from "./cluster-world.js";

/** A client, as the model knows it. */
interface ModelClient {
  readonly name: string;
  readonly node: WorldNode;
  alive: boolean;
}

interface CallRecord<C> {
  readonly caller: C;
  readonly at: number;
  /** Whether caller and callee wait for nothing else, which would hold the call or its answer up. */
  isFree: boolean;
  answers: number;
  invocations: number;
}

/** Suspicion, two beats, what the network delays, and the time that callees take. */
const LONGEST = 2500 + 2 * 1000 + 4 * 400 + 300;

/** What clients of a simulated cluster have seen, and what must hold of it at any time. */
export class Model<C extends ModelClient> {
  /** Nodes that did: calls of their clients may take as long. */
  readonly stoodStill: Set<WorldNode> = new Set();
  readonly problems: string[] = [];
  readonly clients: Set<C> = new Set();
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #calls: CallRecord<C>[] = [];
  readonly #byRequest = new Map<C, Map<Id, number>>();
  readonly #published = new Map<C, number>();
  readonly #received = new Map<string, number>();
  answeredCalls = 0;
  failedCalls = 0;
  events = 0;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  fail(problem: string): void {
    this.problems.push(`${this.#now() - 1_700_000_000_000} ms: ${problem}`);
  }

  workTime(): number {
    return this.#random() < 0.7 ? 0 : Math.floor(this.#random() * 300);
  }

  called(caller: C, request: Id, isFree: boolean): number {
    const number = this.#calls.push({ caller, at: this.#now(), isFree, answers: 0, invocations: 0 }) - 1;
    const requests = this.#byRequest.get(caller) ?? new Map<Id, number>();
    this.#byRequest.set(caller, requests.set(request, number));
    return number;
  }

  invoked(callee: C, number: number): void {
    const call = this.#calls[number];
    if (call === undefined) return this.fail(`${callee.name} was invoked for a call that nobody made`);
    if (++call.invocations > 1)
      this.fail(`call ${number} of ${call.caller.name} was invoked ${call.invocations} times`);
  }

  /** The callee waits for REGISTERED or SUBSCRIBED before it is read again. */
  heldUp(number: number): void {
    const call = this.#calls[number];
    if (call !== undefined) call.isFree = false;
  }

  answered(caller: C, request: Id, error: string | undefined): void {
    const number = this.#byRequest.get(caller)?.get(request);
    const call = number === undefined ? undefined : this.#calls[number];
    if (call === undefined) return this.fail(`${caller.name} got an answer to request ${request}, which is no call`);
    if (++call.answers > 1) this.fail(`call ${number} of ${caller.name} was answered ${call.answers} times`);
    const took = this.#now() - call.at;
    if (call.isFree && took > LONGEST && !this.stoodStill.has(caller.node))
      this.fail(`call ${number} of ${caller.name} took ${took} ms: ${error ?? "answered"}`);
    if (error === undefined) this.answeredCalls++;
    else this.failedCalls++;
    if (error === undefined && call.invocations === 0) this.fail(`call ${number} was answered by nobody`);
  }

  published(publisher: C): number {
    const number = (this.#published.get(publisher) ?? 0) + 1;
    this.#published.set(publisher, number);
    return number;
  }

  received(subscriber: C, subscription: Id, publication: Id, [publisher, number]: readonly unknown[]): void {
    this.events++;
    const key = `${subscriber.name} ${subscription} ${String(publisher)}`;
    const before = this.#received.get(key) ?? 0;
    if (typeof number !== "number" || number <= before)
      this.fail(
        `${subscriber.name}: event ${String(number)} of ${String(publisher)} (${publication}) came after ${before}`,
      );
    else this.#received.set(key, number);
  }

  gone(client: C): void {
    client.alive = false;
    this.clients.delete(client);
  }

  /** Calls of living clients without an answer. */
  get unanswered(): number {
    let count = 0;
    for (const { caller, answers } of this.#calls) if (caller.alive && answers === 0) count++;
    return count;
  }
}
