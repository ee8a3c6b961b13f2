import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { compareWithRelay } from "./compare.js";
import { fanOut } from "./loads/fan-out.js";
import type { Scenario } from "./loads/load.js";
import { type Content, CONTENTS } from "./loads/payloads.js";
import { rpc, sharedCallee } from "./loads/rpc.js";
import { idleSessions, joinStorm } from "./loads/sessions.js";
import { describeMachine, pinGenerator } from "./machine.js";
import { benchmarkPatterns } from "./pattern-benchmark.js";
import { manyConnections } from "./many-connections.js";
import { kreuz, plainRelay, relay } from "./servers/own-servers.js";
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
  readonly content: Content;
}

const RPC = rpc(8, 16);
const FAN_OUT = fanOut(10);
const row = (
  scenario: Scenario,
  transport: TransportName,
  codec: Codec,
  bytes: number,
  maxRatio: number,
  content: Content = "x",
): Row => ({ scenario, transport, codec, bytes, maxRatio, content });

const ROWS: readonly Row[] = [
  row(RPC, "websocket", json, 64, 2),
  row(RPC, "websocket", msgpack, 64, 2),
  row(RPC, "websocket", cbor, 64, 2),
  row(RPC, "websocket", json, 4096, 3),
  row(RPC, "websocket", msgpack, 4096, 2.6),
  row(RPC, "websocket", cbor, 4096, 2.6),
  row(RPC, "websocket", json, 16_384, 3),
  row(RPC, "websocket", msgpack, 16_384, 2.6),
  ...CONTENTS.slice(1).map((content) => row(RPC, "websocket", json, 4096, 6, content)),
  row(sharedCallee(8, 16), "websocket", json, 64, 2),
  row(sharedCallee(64, 16), "websocket", json, 64, 2.4),
  row(RPC, "tls", json, 64, 2),
  row(RPC, "rawsocket", json, 64, 3.4),
  row(RPC, "rawsocket", json, 4096, 4.5),
  row(FAN_OUT, "websocket", json, 64, 1.3),
  row(FAN_OUT, "websocket", msgpack, 64, 1.3),
  row(FAN_OUT, "websocket", cbor, 64, 1.3),
  row(FAN_OUT, "websocket", json, 4096, 1.9),
  row(FAN_OUT, "websocket", msgpack, 4096, 1.9),
  row(FAN_OUT, "websocket", cbor, 4096, 1.9),
  row(FAN_OUT, "deflate", json, 4096, 1.6, "German"),
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
for (const { scenario, transport, codec, bytes, maxRatio, content } of ROWS) {
  const protocol = { transport, codec, content };
  const { ratio, router, relay: baseline, plainRelay } = await compareWithRelay(scenario, protocol, bytes, ROUNDS);
  const what = content === "x" ? "" : ` of ${content}`;
  const name = `${scenario.name.padEnd(20)} ${transport.padEnd(9)} ${codec.id.padEnd(7)}${String(bytes).padStart(6)} B${what}`;
  const plain = plainRelay === undefined ? "" : `, plain relay ${plainRelay.microsecondsPerMessage.toFixed(2)}`;
  console.log(
    `${name}  ${ratio.toFixed(2)} ×   router ${router.microsecondsPerMessage.toFixed(2)} µs, ` +
      `relay ${baseline.microsecondsPerMessage.toFixed(2)}${plain} µs per ${scenario.unit}, ` +
      `${Math.round(router.messagesPerSecond).toLocaleString("en")} ${scenario.unit}s/s ` +
      `(${(router.messagesPerSecond / baseline.messagesPerSecond).toFixed(2)} of the relay's)`,
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
for (const target of targetsOf([relay, kreuz, plainRelay])) {
  const { connections, cpu: cores, p50, p99 } = await manyConnections(target);
  console.log(
    `${target.name.padEnd(11)} ${connections.toLocaleString("en")} connections, a call a second each: ` +
      `${(100 * cores).toFixed(0)} % of a core, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
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
