import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { compareWithRelay } from "./compare.js";
import { fanOut } from "./loads/fan-out.js";
import type { Scenario } from "./loads/load.js";
import { rpc } from "./loads/rpc.js";
import { idleSessions, joinStorm } from "./loads/sessions.js";
import { describeMachine, pinGenerator } from "./machine.js";
import { benchmarkPatterns } from "./pattern-benchmark.js";
import { kreuz, relay } from "./servers/own-servers.js";
import { exitOnSignals, withServer } from "./servers/server-process.js";
import { targetsOf, type TransportName } from "./servers/server-spec.js";

const ROUNDS = 3;

/** One row of the table. */
interface Row {
  readonly scenario: Scenario;
  readonly transport: TransportName;
  readonly codec: Codec;
  readonly bytes: number;
  /** Above this ratio, the router has become slower: the measured ratio plus the noise of a machine. */
  readonly maxRatio: number;
}

const RPC = rpc(8, 16);
const FAN_OUT = fanOut(10);
const row = (scenario: Scenario, transport: TransportName, codec: Codec, bytes: number, maxRatio: number): Row => ({
  scenario,
  transport,
  codec,
  bytes,
  maxRatio,
});

const ROWS: readonly Row[] = [
  row(RPC, "websocket", json, 64, 2.6),
  row(RPC, "websocket", msgpack, 64, 2.6),
  row(RPC, "websocket", cbor, 64, 2.6),
  row(RPC, "websocket", json, 4096, 4),
  row(RPC, "websocket", msgpack, 4096, 3.2),
  row(RPC, "websocket", cbor, 4096, 3.2),
  row(RPC, "rawsocket", json, 64, 4.2),
  row(FAN_OUT, "websocket", json, 64, 1.6),
  row(FAN_OUT, "websocket", msgpack, 64, 1.6),
  row(FAN_OUT, "websocket", cbor, 64, 1.6),
  row(FAN_OUT, "websocket", json, 4096, 2.2),
  row(FAN_OUT, "websocket", msgpack, 4096, 2.2),
  row(FAN_OUT, "websocket", cbor, 4096, 2.2),
  row(FAN_OUT, "rawsocket", json, 64, 3),
];

exitOnSignals();
const { node, cpu, pinned } = describeMachine(pinGenerator());
console.log("CPU time of the server per message, as a ratio to a bare relay that forwards frames without reading them");
console.log(
  `Node ${node}, ${cpu}, server ${pinned ? "pinned to one core" : "not pinned"}, ` +
    `medians of ${ROUNDS} interleaved rounds\n`,
);

const slower: string[] = [];
for (const { scenario, transport, codec, bytes, maxRatio } of ROWS) {
  const { ratio, router, relay: baseline } = await compareWithRelay(scenario, { transport, codec }, bytes, ROUNDS);
  const name = `${scenario.name.padEnd(14)} ${transport.padEnd(10)} ${codec.id.padEnd(8)}${String(bytes).padStart(5)} B`;
  console.log(
    `${name}  ${ratio.toFixed(2)} ×   router ${router.microsecondsPerMessage.toFixed(2)} µs, ` +
      `relay ${baseline.microsecondsPerMessage.toFixed(2)} µs per ${scenario.unit}, ` +
      `${Math.round(router.messagesPerSecond).toLocaleString("en")} ${scenario.unit}s/s`,
  );
  if (ratio > maxRatio) slower.push(`${name}: ${ratio.toFixed(2)} × the relay, expected at most ${maxRatio} ×`);
}

console.log("");
for (const target of targetsOf([relay, kreuz])) {
  const joins = await withServer(target, joinStorm);
  const idle = await withServer(target, idleSessions);
  const heap = idle.heapPerSession === undefined ? "" : `, ${kib(idle.heapPerSession)} of it heap`;
  console.log(
    `${target.name.padEnd(6)} ${Math.round(joins.joinsPerSecond).toLocaleString("en")} joins/s, ` +
      `${joins.microsecondsPerJoin.toFixed(0)} µs each; ${kib(idle.bytesPerSession)} per idle session ` +
      `(average of ${idle.sessions.toLocaleString("en")})${heap}`,
  );
}

console.log("");
for (const line of await benchmarkPatterns()) console.log(line);

if (slower.length > 0) {
  console.error(`\nSlower than expected:\n${slower.map((line) => `  ${line}`).join("\n")}`);
  process.exitCode = 1;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
