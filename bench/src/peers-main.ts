import { mkdirSync, writeFileSync } from "node:fs";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { chartOf } from "./report/chart.js";
import { tablesOf } from "./report/tables.js";
import { entrantsOf } from "./entrant.js";
import { fanOut } from "./loads/fan-out.js";
import { rpc } from "./loads/rpc.js";
import { pinGenerator } from "./machine/cores.js";
import { describeMachine } from "./machine/machine.js";
import { race } from "./message-benchmark.js";
import { readOptions } from "./peers-options.js";
import { installPeers } from "./peers/index.js";
import type { MessageResult, Results } from "./results.js";
import { kreuz, relay } from "./servers/own-servers.js";
import { sessionRace, type SessionResults } from "./session-benchmark.js";

const SIZES = [64, 1024, 16 * 1024];
const CODECS = [json, msgpack, cbor];
const TRANSPORTS = ["websocket", "rawsocket"] as const;
const SCENARIOS = [rpc(1, 1), rpc(8, 16), rpc(64, 16), fanOut(10), fanOut(100), fanOut(1000)];

const options = readOptions();
const skipped: Array<{ readonly name: string; readonly reason: string }> = [];
const contestants = [relay, kreuz];
for (const { name, installed } of await installPeers(console.log, options.peers))
  if ("contestant" in installed) contestants.push(installed.contestant);
  else skipped.push({ name, reason: installed.skipped });

const entrants = entrantsOf(contestants);
const machine = describeMachine(pinGenerator());
const date = new Date().toISOString();
const messages: MessageResult[] = [];
let sessions: SessionResults = { joins: [], idle: [], churn: [] };

for (const transport of TRANSPORTS)
  for (const codec of CODECS)
    for (const scenario of SCENARIOS) {
      const line = `${scenario.name} ${transport} ${codec.id}`;
      if (!line.includes(options.scenarios)) continue;
      const results = await race(
        entrants,
        { scenario, medium: { transport, codec }, sizes: SIZES, rounds: options.rounds },
        skip(line),
      );
      messages.push(...results);
      for (const bytes of SIZES) console.log(`${line}, ${bytes} B: ${summaryOf(results, bytes)}`);
      write();
    }
if ("sessions".includes(options.scenarios)) {
  sessions = await sessionRace(entrants, options.rounds, (entrant, what, error) => skip(what)(entrant, error));
  write();
}

function skip(what: string): (entrant: { readonly name: string }, error: Error) => void {
  return ({ name }, error) => {
    const [first = ""] = error.message.split("\n");
    console.log(`${name} left out of ${what}: ${error.message}`);
    skipped.push({ name: `${name}, ${what}`, reason: first });
  };
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

/** After each scenario, so that what was measured is there whatever comes. */
function write(): void {
  const servers = entrants.map(({ name, version }) => ({ name, version }));
  const results: Results = { date, machine, rounds: options.rounds, servers, skipped, messages, ...sessions };
  mkdirSync(options.out, { recursive: true });
  writeFileSync(`${options.out}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${options.out}/chart.svg`, chartOf(results));
  writeFileSync(`${options.out}/tables.md`, `# Results\n\n${tablesOf(results)}`);
}
