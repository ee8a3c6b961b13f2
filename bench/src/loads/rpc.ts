import { MessageType as M } from "@kreuz/codec";
import { LoadSocket, type Protocol } from "../generator/load-socket.js";
import { PreparedFrames } from "../generator/prepared-frames.js";
import type { ServerProcess } from "../servers/server-process.js";
import { atRate, drain, type Load, payloadOf, type Scenario } from "./load.js";

const PROCEDURE = "com.example.echo";

/** Callers with a callee each, which keep a number of calls in flight: `rpc(8, 16)`. */
export function rpc(callers: number, callsInFlight: number): Scenario {
  return {
    name: `RPC ${callers}×${callsInFlight}`,
    unit: "call",
    async open(server, protocol) {
      const pairs: Pair[] = [];
      for (let index = 0; index < callers; index++) pairs.push(await Pair.open(server, protocol, index));
      return new RpcLoad(pairs, callsInFlight);
    },
  };
}

class RpcLoad implements Load {
  readonly minMessages = 50;
  readonly #pairs: readonly Pair[];
  readonly #callsInFlight: number;

  constructor(pairs: readonly Pair[], callsInFlight: number) {
    this.#pairs = pairs;
    this.#callsInFlight = callsInFlight;
  }

  get done(): number {
    return this.#pairs.reduce((sum, pair) => sum + pair.done, 0);
  }

  start(bytes: number): void {
    for (const pair of this.#pairs) {
      pair.prepare(bytes);
      pair.onResults = (count) => pair.call(count);
    }
    for (const pair of this.#pairs) pair.call(this.#callsInFlight);
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) pair.onResults = () => {};
    await this.#drain();
  }

  async pace(bytes: number, callsPerSecond: number, milliseconds: number): Promise<number[]> {
    const pairs = this.#pairs;
    const latencies: number[] = [];
    for (const pair of pairs) {
      pair.prepare(bytes);
      const due = (pair.due = [] as number[]);
      let answered = 0;
      pair.onResults = (count) => {
        const now = performance.now();
        for (let index = 0; index < count; index++) latencies.push(now - due[answered++]!);
      };
    }
    await atRate(callsPerSecond, milliseconds, (first, end, dueAt) => {
      const counts = pairs.map(() => 0);
      for (let index = first; index < end; index++) {
        pairs[index % pairs.length]!.due.push(dueAt(index));
        counts[index % pairs.length]!++;
      }
      for (const [index, count] of counts.entries()) if (count > 0) pairs[index]!.call(count);
    });
    await this.#drain();
    return latencies;
  }

  close(): void {
    for (const pair of this.#pairs) pair.close();
  }

  #drain(): Promise<void> {
    return drain(
      () => this.#pairs.reduce((sum, pair) => sum + pair.inFlight, 0),
      () => this.#pairs.find((pair) => pair.failure !== undefined)?.failure,
    );
  }
}

/** A caller and its callee, which answers calls at once. */
class Pair {
  done = 0;
  inFlight = 0;
  /** When each call was due. */
  due: number[] = [];
  onResults: (count: number) => void = () => {};
  readonly #caller: LoadSocket;
  readonly #callee: LoadSocket;
  readonly #procedure: string;
  #request = 0;
  #calls!: PreparedFrames;
  #yields!: PreparedFrames;

  private constructor(caller: LoadSocket, callee: LoadSocket, procedure: string, wamp: boolean) {
    this.#caller = caller;
    this.#callee = callee;
    this.#procedure = procedure;
    callee.listen(wamp ? M.INVOCATION : M.CALL, (_count, ids) => callee.write(this.#yields.of(ids)));
    caller.listen(wamp ? M.RESULT : M.YIELD, (count) => {
      this.done += count;
      this.inFlight -= count;
      this.onResults(count);
    });
  }

  static async open(server: ServerProcess, protocol: Protocol, index: number): Promise<Pair> {
    const { wamp } = server.spec;
    const callee = await LoadSocket.join(server, protocol, `callee/${index}`);
    const caller = await LoadSocket.join(server, protocol, `caller/${index}`);
    const procedure = `${PROCEDURE}${index}`;
    if (wamp) await callee.request({ type: M.REGISTER, request: 1, options: {}, procedure }, M.REGISTERED);
    return new Pair(caller, callee, procedure, wamp);
  }

  get failure(): Error | undefined {
    return this.#caller.failure ?? this.#callee.failure;
  }

  prepare(bytes: number): void {
    const { format, codec } = this.#caller;
    const payload = payloadOf(codec, bytes);
    const procedure = this.#procedure;
    this.#calls = new PreparedFrames(format, codec, (request) => ({
      type: M.CALL,
      request,
      options: {},
      procedure,
      payload,
    }));
    this.#yields = new PreparedFrames(format, codec, (request) => ({ type: M.YIELD, request, options: {}, payload }));
  }

  call(count: number): void {
    this.#caller.write(this.#calls.sequence(this.#request + 1, count));
    this.#request += count;
    this.inFlight += count;
  }

  close(): void {
    this.#caller.close();
    this.#callee.close();
  }
}
