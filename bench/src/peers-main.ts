import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { fanOut } from "./loads/fan-out.js";
import { rpc } from "./loads/rpc.js";
import { describeMachine, pinGenerator } from "./machine.js";
import { measureMessages } from "./message-benchmark.js";
import { installPeers, PEER_NAMES } from "./peers/index.js";
import { chartOf } from "./report/chart.js";
import { multiplesTable } from "./report/multiples.js";
import { PERFORMANCE_PAGE, putIntoPage } from "./report/page.js";
import { tablesOf } from "./report/tables.js";
import type { MessageResult, Results, SkippedServer } from "./results.js";
import { readRounds } from "./rounds.js";
import { kreuz, relay } from "./servers/own-servers.js";
import { exitOnSignals } from "./servers/server-process.js";
import { targetsOf } from "./servers/server-spec.js";
import { measureSessions, type SessionResults } from "./session-benchmark.js";

const SIZES = [64, 1024, 16 * 1024];
const CODECS = [json, msgpack, cbor];
const TRANSPORTS = ["websocket", "rawsocket"] as const;
const SCENARIOS = [rpc(1, 1), rpc(8, 16), rpc(64, 16), fanOut(10), fanOut(100), fanOut(1000)];

const USAGE = `pnpm bench:peers: benchmarks Kreuz, a bare relay and other WAMP routers on this machine

  --peers <names>      routers to measure, separated by commas: ${PEER_NAMES.join(", ")}; "" for none; default: all
  --scenarios <text>   measure only scenarios that contain one of these texts, separated by commas, such as
                       "RPC 8×16 websocket json" or "websocket,sessions"
  --rounds <number>    number of rounds; each figure is their median; default: 3
  --out <directory>    directory of the results; default: bench/results
  --page               put the multiples into docs/performance.md`;

/** Options of the command line. */
interface Options {
  /** Names of the peers to measure; `undefined` for all. */
  readonly peers: readonly string[] | undefined;
  readonly scenarios: string;
  readonly rounds: number;
  readonly out: string;
  readonly page: boolean;
}

exitOnSignals();
const options = readOptions();
const skipped: SkippedServer[] = [];
const specs = [relay, kreuz];
for (const { name, installed } of await installPeers(console.log, options.peers))
  if ("spec" in installed) specs.push(installed.spec);
  else skipped.push({ name, reason: installed.skipped });

const targets = targetsOf(specs);
const machine = describeMachine(pinGenerator());
const date = new Date().toISOString();
const messages: MessageResult[] = [];
let sessions: SessionResults = { joins: [], idle: [], churn: [] };

for (const transport of TRANSPORTS)
  for (const codec of CODECS)
    for (const scenario of SCENARIOS) {
      const line = `${scenario.name} ${transport} ${codec.id}`;
      if (!isChosen(line)) continue;
      const benchmark = { scenario, protocol: { transport, codec }, sizes: SIZES, rounds: options.rounds };
      const results = await measureMessages(targets, benchmark, ({ name }, error) => skip(name, line, error));
      messages.push(...results);
      for (const bytes of SIZES) console.log(`${line}, ${bytes} B: ${summaryOf(results, bytes)}`);
      writeResults();
    }
if (isChosen("sessions")) {
  sessions = await measureSessions(targets, options.rounds, ({ name }, measurement, error) =>
    skip(name, measurement, error),
  );
  writeResults();
}
if (options.page) putIntoPage(PERFORMANCE_PAGE, "peers", multiplesTable(resultsSoFar()));

function isChosen(line: string): boolean {
  return options.scenarios.split(",").some((text) => line.includes(text));
}

function skip(name: string, measurement: string, error: Error): void {
  const [reason = ""] = error.message.split("\n");
  console.log(`${name} skipped in ${measurement}: ${error.message}`);
  skipped.push({ name: `${name}, ${measurement}`, reason });
}

function summaryOf(results: readonly MessageResult[], bytes: number): string {
  return results
    .filter((result) => result.bytes === bytes)
    .map(
      ({ server, messagesPerSecond, microsecondsPerMessage }) =>
        `${server} ${Math.round(messagesPerSecond).toLocaleString("en")}/s ${microsecondsPerMessage.toFixed(1)} µs`,
    )
    .join(" · ");
}

function resultsSoFar(): Results {
  const servers = targets.map(({ name, version }) => ({ name, version }));
  return { date, machine, rounds: options.rounds, servers, skipped, messages, ...sessions };
}

/** Called after each scenario, so that an interrupted run leaves what it has measured. */
function writeResults(): void {
  const results = resultsSoFar();
  mkdirSync(options.out, { recursive: true });
  writeFileSync(`${options.out}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${options.out}/chart.svg`, chartOf(results));
  writeFileSync(`${options.out}/tables.md`, `# Results\n\n${tablesOf(results)}`);
}

/** Reads the command line. Exits with a message for --help and for invalid options. */
function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        peers: { type: "string" },
        scenarios: { type: "string", default: "" },
        rounds: { type: "string", default: "3" },
        out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
        page: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const rounds = readRounds(values.rounds);
    const { scenarios, out, page } = values;
    const peers = values.peers?.split(",").filter(Boolean);
    const unknown = peers?.find((name) => !PEER_NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`--peers: unknown peer "${unknown}"`);
    return { peers, scenarios, rounds, out, page };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
