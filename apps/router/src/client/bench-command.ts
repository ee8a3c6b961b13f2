import type { Session } from "@kreuz/client";
import type { CliContext } from "../cli/cli-context.js";
import { join, type ConnectFlags } from "./connection.js";
import { countOf, durationOf } from "./numbers.js";
import { Printer, type OutputFlags } from "./output.js";
import { pause } from "./pause.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz bench`. */
export interface BenchFlags extends ConnectFlags, OutputFlags {
  readonly clients?: string;
  readonly pending?: string;
  readonly size?: string;
  readonly for?: string;
}

export const BENCH_LOADS = ["rpc", "pubsub", "fanout"] as const;
type Load = (typeof BENCH_LOADS)[number];

/** Milliseconds that the load runs before anything is measured. */
const WARM_UP_MS = 200;

/**
 * `kreuz bench`: how many calls or events a second, and how long they take. `rpc`: clients that call another's procedure.
 * `pubsub`: pairs of a publisher and a subscriber. `fanout`: one publisher, and clients that all subscribe.
 */
export async function bench(load: Load, flags: BenchFlags, context: CliContext): Promise<void> {
  const clients = countOf("--clients", flags.clients ?? "4");
  const pending = countOf("--pending", flags.pending ?? "16");
  const text = "x".repeat(countOf("--size", flags.size ?? "16", 0));
  const time = durationOf("--for", flags.for ?? "5s");
  const printer = new Printer(context, flags);
  await withSession(flags, context, async ({ session, signal }) => {
    const others: Session[] = [];
    try {
      for (let left = clients; left > 0; left--) others.push(await join(flags, context, signal));
      const uri = `com.example.kreuz_bench.${session.id}`;
      const send = await SENDERS[load](session, others, uri);
      const times = await measure(send, { lanes: load === "fanout" ? pending : clients * pending, text, time, signal });
      const perSend = load === "fanout" ? clients : 1;
      report(printer, load, times, (times.length * perSend * 1000) / time);
    } finally {
      for (const other of others) await other.close();
    }
  });
}

/** Does one round on a lane. Resolves when it has arrived everywhere. */
type Send = (lane: number, text: string) => Promise<unknown>;

const SENDERS: Readonly<Record<Load, (session: Session, others: readonly Session[], uri: string) => Promise<Send>>> = {
  async rpc(session, others, uri) {
    await session.register(uri, ({ args: [value] }) => value);
    return (lane, text) => others[lane % others.length]!.call(uri, [text]);
  },
  async pubsub(session, others, uri) {
    const arrivals = new Arrivals(1);
    for (const [index, other] of others.entries())
      await other.subscribe(`${uri}.${index}`, ({ args: [lane] }) => arrivals.arrived(Number(lane)));
    return async (lane, text) => {
      const arrived = arrivals.expect(lane);
      await session.publish(`${uri}.${lane % others.length}`, [lane, text]);
      return arrived;
    };
  },
  async fanout(session, others, uri) {
    const arrivals = new Arrivals(others.length);
    for (const other of others) await other.subscribe(uri, ({ args: [lane] }) => arrivals.arrived(Number(lane)));
    return async (lane, text) => {
      const arrived = arrivals.expect(lane);
      await session.publish(uri, [lane, text]);
      return arrived;
    };
  },
};

/** Events on their way, by lane: each has arrived when all receivers have it. */
class Arrivals {
  readonly #receivers: number;
  readonly #lanes = new Map<number, { left: number; resolve: () => void }>();

  constructor(receivers: number) {
    this.#receivers = receivers;
  }

  expect(lane: number): Promise<void> {
    return new Promise((resolve) => this.#lanes.set(lane, { left: this.#receivers, resolve }));
  }

  arrived(lane: number): void {
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined && --waiting.left === 0) waiting.resolve();
  }
}

interface Measurement {
  readonly lanes: number;
  readonly text: string;
  readonly time: number;
  readonly signal: AbortSignal;
}

/** Keeps all lanes busy. @returns how long each round took, in milliseconds. */
async function measure(send: Send, { lanes, text, time, signal }: Measurement): Promise<Float64Array> {
  const times: number[] = [];
  const state = { isOver: false, isMeasured: false };
  const run = async (lane: number): Promise<void> => {
    while (!state.isOver) {
      const start = performance.now();
      await send(lane, text);
      if (state.isMeasured && !state.isOver) times.push(performance.now() - start);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  running.catch(() => {});
  const timing = (async () => {
    await pause(WARM_UP_MS, signal);
    state.isMeasured = true;
    await pause(time, signal);
    state.isOver = true;
  })();
  await Promise.race([timing, running]);
  state.isOver = true;
  signal.throwIfAborted();
  return Float64Array.from(times).toSorted();
}

function report(printer: Printer, load: Load, times: Float64Array, rate: number): void {
  const at = (share: number): number => round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  const result = {
    load,
    perSecond: Math.round(rate),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    count: times.length,
  };
  if (printer.pretty) printer.table(Object.keys(result), [Object.values(result)]);
  else printer.object(result);
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
