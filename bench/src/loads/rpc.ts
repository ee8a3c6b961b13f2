import { MessageType as M } from "@kreuz/codec";
import { LoadSocket, type Protocol } from "../generator/load-socket.js";
import { PreparedFrames } from "../generator/prepared-frames.js";
import type { Server } from "../servers/server-spec.js";
import { atRate, drain, type Load, type Scenario } from "./load.js";
import { payloadOf } from "./payloads.js";

const PROCEDURE = "com.example.echo";

/** Callers with a callee each, which keep a number of calls in flight: `rpc(8, 16)`. */
export function rpc(callers: number, callsInFlight: number): Scenario {
  return {
    name: `RPC ${callers}×${callsInFlight}`,
    unit: "call",
    async open(server, protocol) {
      const [all, callees] = [[] as Caller[], [] as Callee[]];
      for (let index = 0; index < callers; index++) {
        callees.push(await Callee.open(server, protocol, String(index)));
        all.push(await Caller.open(server, protocol, String(index), callees[index]!.procedure));
      }
      return new RpcLoad(all, callees, callsInFlight);
    },
  };
}

/** Callers that share one callee. */
export function sharedCallee(callers: number, callsInFlight: number): Scenario {
  return {
    name: `RPC ${callers}×${callsInFlight}, one callee`,
    unit: "call",
    async open(server, protocol) {
      const callee = await Callee.open(server, protocol, "shared");
      const all: Caller[] = [];
      for (let index = 0; index < callers; index++)
        all.push(await Caller.open(server, protocol, "shared", callee.procedure));
      return new RpcLoad(all, [callee], callsInFlight);
    },
  };
}

class RpcLoad implements Load {
  readonly minMessages = 50;
  readonly #callers: readonly Caller[];
  readonly #callees: readonly Callee[];
  readonly #callsInFlight: number;

  constructor(callers: readonly Caller[], callees: readonly Callee[], callsInFlight: number) {
    this.#callers = callers;
    this.#callees = callees;
    this.#callsInFlight = callsInFlight;
  }

  get done(): number {
    return this.#callers.reduce((sum, caller) => sum + caller.done, 0);
  }

  start(bytes: number): void {
    this.#prepare(bytes);
    for (const caller of this.#callers) caller.onResults = (count) => caller.call(count);
    for (const caller of this.#callers) caller.call(this.#callsInFlight);
  }

  async stop(): Promise<void> {
    for (const caller of this.#callers) caller.onResults = () => {};
    await this.#drain();
  }

  async pace(bytes: number, callsPerSecond: number, milliseconds: number): Promise<number[]> {
    const callers = this.#callers;
    const latencies: number[] = [];
    this.#prepare(bytes);
    for (const caller of callers) {
      const due = (caller.due = [] as number[]);
      let answered = 0;
      caller.onResults = (count) => {
        const now = performance.now();
        for (let index = 0; index < count; index++) latencies.push(now - due[answered++]!);
      };
    }
    await atRate(callsPerSecond, milliseconds, (first, end, dueAt) => {
      const counts = callers.map(() => 0);
      for (let index = first; index < end; index++) {
        callers[index % callers.length]!.due.push(dueAt(index));
        counts[index % callers.length]!++;
      }
      for (const [index, count] of counts.entries()) if (count > 0) callers[index]!.call(count);
    });
    await this.#drain();
    return latencies;
  }

  close(): void {
    for (const each of [...this.#callers, ...this.#callees]) each.close();
  }

  #prepare(bytes: number): void {
    for (const each of [...this.#callers, ...this.#callees]) each.prepare(bytes);
  }

  #drain(): Promise<void> {
    return drain(
      () => this.#callers.reduce((sum, caller) => sum + caller.inFlight, 0),
      () => [...this.#callers, ...this.#callees].find(({ failure }) => failure !== undefined)?.failure,
    );
  }
}

/** Answers calls at once. */
class Callee {
  readonly procedure: string;
  readonly #socket: LoadSocket;
  #yields!: PreparedFrames;

  private constructor(socket: LoadSocket, procedure: string, wamp: boolean) {
    this.#socket = socket;
    this.procedure = procedure;
    socket.listen(wamp ? M.INVOCATION : M.CALL, (_count, ids) => socket.write(this.#yields.of(ids)));
  }

  static async open(server: Server, protocol: Protocol, name: string): Promise<Callee> {
    const { wamp } = server.spec;
    const socket = await LoadSocket.join(server, protocol, `callee/${name}`);
    const procedure = `${PROCEDURE}.${name}`;
    if (wamp) await socket.request({ type: M.REGISTER, request: 1, options: {}, procedure }, M.REGISTERED);
    return new Callee(socket, procedure, wamp);
  }

  get failure(): Error | undefined {
    return this.#socket.failure;
  }

  prepare(bytes: number): void {
    const { format, codec, content } = this.#socket;
    const payload = payloadOf(codec, bytes, content);
    this.#yields = new PreparedFrames(format, codec, (request) => ({ type: M.YIELD, request, options: {}, payload }));
  }

  close(): void {
    this.#socket.close();
  }
}

class Caller {
  done = 0;
  inFlight = 0;
  /** When each call was due. */
  due: number[] = [];
  onResults: (count: number) => void = () => {};
  readonly #socket: LoadSocket;
  readonly #procedure: string;
  #request = 0;
  #calls!: PreparedFrames;

  private constructor(socket: LoadSocket, procedure: string, wamp: boolean) {
    this.#socket = socket;
    this.#procedure = procedure;
    socket.listen(wamp ? M.RESULT : M.YIELD, (count) => {
      this.done += count;
      this.inFlight -= count;
      this.onResults(count);
    });
  }

  static async open(server: Server, protocol: Protocol, name: string, procedure: string): Promise<Caller> {
    return new Caller(await LoadSocket.join(server, protocol, `caller/${name}`), procedure, server.spec.wamp);
  }

  get failure(): Error | undefined {
    return this.#socket.failure;
  }

  prepare(bytes: number): void {
    const { format, codec, content } = this.#socket;
    const payload = payloadOf(codec, bytes, content);
    const procedure = this.#procedure;
    this.#calls = new PreparedFrames(format, codec, (request) => ({
      type: M.CALL,
      request,
      options: {},
      procedure,
      payload,
    }));
  }

  call(count: number): void {
    this.#socket.write(this.#calls.sequence(this.#request + 1, count));
    this.#request += count;
    this.inFlight += count;
  }

  close(): void {
    this.#socket.close();
  }
}
