import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { json } from "@kreuz/codec/json";
import { fanOut } from "./loads/fan-out.js";
import type { Load, Scenario } from "./loads/load.js";
import { rpc } from "./loads/rpc.js";
import { describeMachine, pinGenerator } from "./machine.js";
import { saturate, warmUp } from "./measure.js";
import { type ClusterThroughput, clusterChart, type ThroughputGroup } from "./report/cluster-chart.js";
import { readRounds } from "./rounds.js";
import { ACROSS, ANYWHERE, ClusterServer, type Joint, type Placement } from "./servers/cluster-server.js";
import { exitOnSignals } from "./servers/server-process.js";
import { median } from "./statistics.js";

const USAGE = `pnpm bench:cluster: what a call and an event cost that go to another node or another worker, against one node, and
what more of them can do. Needs nats-server on the PATH, or its path in KREUZ_NATS_SERVER.

  --rounds <number>   number of interleaved rounds; each figure is their median; default: 3
  --chart             draw docs/cluster-throughput.svg`;

const PROTOCOL = { transport: "rawsocket", codec: json } as const;
const BYTES = 64;
/**
 * Two routers, their links and their engine's client are more code than one router, and share a core with their compilers: after
 * 20,000 calls, a call across still takes half as much CPU again as after these.
 */
const WARM_UP_REQUESTS = 150_000;
const MAX_WARM_UP_MS = 20_000;
const CHART = fileURLToPath(new URL("../../docs/cluster-throughput.svg", import.meta.url));
const NATS = { nats: process.env["KREUZ_NATS_SERVER"] ?? "nats-server" } as const;
const CALLS: Work = { scenario: rpc(8, 16), receivers: 1 };
const EVENTS: Work = { scenario: fanOut(10), receivers: 10 };
/** What going across may cost, in all, as a multiple of one node. */
const COSTS: readonly { readonly work: Work; readonly joint: Joint; readonly maxRatio: number }[] = [
  { work: CALLS, joint: NATS, maxRatio: 3.5 },
  { work: EVENTS, joint: NATS, maxRatio: 2.7 },
  { work: CALLS, joint: "unix", maxRatio: 2.6 },
  { work: EVENTS, joint: "unix", maxRatio: 2.7 },
];
/** What more nodes and more workers can do. With as many pairs, each size has them spread evenly, or nearly. */
const THROUGHPUT: readonly ThroughputRun[] = [
  { title: "Nodes over NATS", one: "node", scenario: rpc(18, 16), joint: NATS, sizes: [1, 2, 3] },
  { title: "Workers of one machine", one: "worker", scenario: rpc(16, 18), joint: "unix", sizes: [1, 2, 4] },
];

/** Routers of several sizes, with callers and callees at any of them. */
interface ThroughputRun {
  readonly title: string;
  /** What one router is called. */
  readonly one: string;
  readonly scenario: Scenario;
  readonly joint: Joint;
  readonly sizes: readonly number[];
}

/** A load, and how many messages one of its requests makes. */
interface Work {
  readonly scenario: Scenario;
  readonly receivers: number;
}

/** A server under one load, and what one turn of it cost. */
interface Subject {
  readonly server: ClusterServer;
  readonly load: Load;
}

interface Turn {
  /** CPU microseconds for each message: in all, of the busiest router, and of the engine. */
  readonly all: number;
  readonly router: number;
  readonly engine: number;
  readonly perSecond: number;
}

exitOnSignals();
const { rounds, chart } = readOptions();
const machine = describeMachine(pinGenerator());
const version = execFileSync(NATS.nats, ["--version"], { encoding: "utf8" }).trim();
const about = `${new Date().toISOString().slice(0, 10)}, Node ${machine.node}, ${version}, ${machine.cpu}, all servers ${
  machine.pinned ? "pinned to one core" : "not pinned"
}, medians of ${rounds} rounds; JSON of ${BYTES} B over RawSocket`;
console.log(`${about}\n`);

const tooMuch: string[] = [];
for (const { work, joint, maxRatio } of COSTS) {
  const turns = await measure(work, [1, 2], ACROSS, joint);
  const ratio = median(turns.map(([one, across]) => across!.all / one!.all));
  const of = (node: 0 | 1, what: keyof Turn): string => median(turns.map((turn) => turn[node]![what])).toFixed(2);
  const name = `${work.scenario.name}, ${joint === "unix" ? "to another worker" : "over NATS"}`;
  const engine = joint === "unix" ? "" : ` and the engine ${of(1, "engine")}`;
  console.log(
    `${name}: ${ratio.toFixed(2)} × (at most ${maxRatio}): ${of(1, "all")} µs in all, of which the busier router ${of(1, "router")}${engine}, against ${of(0, "all")} µs on one node`,
  );
  if (ratio > maxRatio) tooMuch.push(`${name}: ${ratio.toFixed(2)} ×, expected at most ${maxRatio} ×`);
}

const groups: ThroughputGroup[] = [];
for (const { title, one, scenario, joint, sizes } of THROUGHPUT) {
  const turns = await measure({ scenario, receivers: 1 }, sizes, ANYWHERE, joint);
  const rows = sizes.map((size, index): ClusterThroughput => {
    const of = (what: keyof Turn): number => median(turns.map((turn) => turn[index]![what]));
    return {
      name: `${size} ${size === 1 ? one : `${one}s`}`,
      measured: of("perSecond"),
      modelled: 1e6 / of("router"),
      engineCores: of("engine") / of("router"),
    };
  });
  console.log(`\n${title}: calls a second, callers and callees at any ${one}`);
  for (const { name, measured, modelled, engineCores } of rows) {
    const engine = engineCores > 0 ? `, and the engine ${engineCores.toFixed(1)}` : "";
    console.log(
      `  ${name.padEnd(9)}: ${rounded(measured)} here, where all share one core; ${rounded(modelled)} by their CPU time, if each ${one} had a core${engine}`,
    );
  }
  groups.push({ title, rows });
}
if (chart) writeFileSync(CHART, clusterChart(groups, about));
if (tooMuch.length > 0) {
  console.error(`\nMore than expected:\n${tooMuch.map((line) => `  ${line}`).join("\n")}`);
  process.exitCode = 1;
}

/** Measures clusters of several sizes in turn. @returns for each round what was measured of each. */
async function measure(
  { scenario, receivers }: Work,
  sizes: readonly number[],
  place: Placement,
  joint: Joint,
): Promise<readonly Turn[][]> {
  const subjects: Subject[] = [];
  try {
    for (const size of sizes) {
      const server = await ClusterServer.start(size, place, joint);
      subjects.push({ server, load: await scenario.open(server, PROTOCOL) });
    }
    for (const { load } of subjects) await warmUp(load, BYTES, MAX_WARM_UP_MS, WARM_UP_REQUESTS * receivers);
    const turns: Turn[][] = [];
    for (let round = 0; round < rounds; round++) {
      const turn: Turn[] = [];
      for (const subject of subjects) turn.push(await measureOnce(subject));
      turns.push(turn);
    }
    for (const { load } of subjects) load.close();
    return turns;
  } finally {
    for (const { server } of subjects) await server.stop();
  }
}

async function measureOnce({ server, load }: Subject): Promise<Turn> {
  const cpu = (): number[] => [...server.nodes, server.engine].map((process) => process?.usage().cpu ?? 0);
  const [before, done] = [cpu(), load.done];
  const { microsecondsPerMessage: all, messagesPerSecond: perSecond } = await saturate(server, load, BYTES);
  // Of the whole time under load, from start to stop.
  const messages = load.done - done;
  const spent = cpu().map((after, index) => (after - before[index]!) / messages);
  return { all, perSecond, router: Math.max(...spent.slice(0, -1)), engine: spent.at(-1)! };
}

function rounded(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString("en");
}

function readOptions(): { readonly rounds: number; readonly chart: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: "string", default: "3" },
        chart: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { rounds: readRounds(values.rounds), chart: values.chart };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
