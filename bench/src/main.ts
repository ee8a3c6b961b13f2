import { parseArgs } from "node:util";
import { type Comparison, compareWithRelay, TURNS } from "./compare.js";
import { idleSessions, joinStorm } from "./loads/sessions.js";
import { describeMachine, pinGenerator } from "./machine.js";
import { manyConnections } from "./many-connections.js";
import { benchmarkPatterns } from "./pattern-benchmark.js";
import { type Row, ROWS } from "./relay-rows.js";
import { PERFORMANCE_PAGE, putIntoPage } from "./report/page.js";
import { type ManyConnectionsRow, messagesTable, type SessionsRow, sessionsTables } from "./report/relay-tables.js";
import { readRounds } from "./rounds.js";
import { kreuz, plainRelay, relay } from "./servers/own-servers.js";
import { exitOnSignals, withServer } from "./servers/server-process.js";
import { targetsOf } from "./servers/server-spec.js";

const USAGE = `pnpm bench: compares the router with a bare relay, and fails if it has become slower

  --rounds <number>   how often servers are started anew and measured ${TURNS} times in turn; each figure is the median;
                      default: 3
  --rows <text>       measure only rows whose name contains one of these texts, separated by commas, such as
                      "16 KiB" or "RPC,sessions,patterns"
  --page              put the tables into docs/performance.md`;

exitOnSignals();
const { rounds, rows, page } = readOptions();
const machine = describeMachine(pinGenerator());
const about =
  `${new Date().toISOString().slice(0, 10)}, Node ${machine.node}, ${machine.cpu}, ` +
  `server ${machine.pinned ? "pinned to one core" : "not pinned"}, medians of ${rounds * TURNS} interleaved turns, ${TURNS} for each start of the servers`;
console.log("CPU time of the server per message, as a ratio to a bare relay that forwards frames without reading them");
console.log(`${about}\n`);

const slower: string[] = [];
const compared: { readonly row: Row; readonly comparison: Comparison }[] = [];
for (const row of ROWS.filter(({ name }) => isChosen(name))) {
  const comparison = await compareWithRelay(row.scenario, row, row.bytes, rounds);
  compared.push({ row, comparison });
  console.log(describe(row, comparison));
  const { ratio } = comparison;
  if (ratio > row.maxRatio)
    slower.push(`${row.name}: ${ratio.toFixed(2)} × the relay, expected at most ${row.maxRatio} ×`);
}

const sessions: SessionsRow[] = [];
const connections: ManyConnectionsRow[] = [];
if (isChosen("sessions")) {
  for (const target of targetsOf([relay, kreuz])) {
    const joins = await withServer(target, joinStorm);
    const idle = await withServer(target, idleSessions);
    sessions.push({ server: target.name, joins, idle });
  }
  for (const target of targetsOf([relay, kreuz, plainRelay]))
    connections.push({ server: target.name, result: await manyConnections(target) });
  console.log(`\n${sessionsTables(sessions, connections)}`);
}

if (isChosen("patterns")) for (const line of ["", ...(await benchmarkPatterns())]) console.log(line);

if (page) {
  if (compared.length > 0) putIntoPage(PERFORMANCE_PAGE, "relay", `${about}.\n\n${messagesTable(compared)}`);
  if (sessions.length > 0) putIntoPage(PERFORMANCE_PAGE, "sessions", sessionsTables(sessions, connections));
}

if (slower.length > 0) {
  console.error(`\nSlower than expected:\n${slower.map((line) => `  ${line}`).join("\n")}`);
  process.exitCode = 1;
}

function isChosen(name: string): boolean {
  return rows.split(",").some((text) => name.includes(text));
}

function describe(
  { name, scenario: { unit } }: Row,
  { ratio, spread: [low, high], router, relay: base, plainRelay: plain }: Comparison,
): string {
  const floor = plain === undefined ? "" : `, plain relay ${plain.microsecondsPerMessage.toFixed(2)}`;
  return (
    `${name.padEnd(54)} ${ratio.toFixed(2)} × (${low.toFixed(2)}–${high.toFixed(2)})   router ${router.microsecondsPerMessage.toFixed(2)} µs, ` +
    `relay ${base.microsecondsPerMessage.toFixed(2)}${floor} µs per ${unit}, ` +
    `${Math.round(router.messagesPerSecond).toLocaleString("en")} ${unit}s/s ` +
    `(${(router.messagesPerSecond / base.messagesPerSecond).toFixed(2)} of the relay's)`
  );
}

/** Reads the command line. Exits with a message for --help and for invalid options. */
function readOptions(): { readonly rounds: number; readonly rows: string; readonly page: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: "string", default: "3" },
        rows: { type: "string", default: "" },
        page: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { rounds: readRounds(values.rounds), rows: values.rows, page: values.page };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
