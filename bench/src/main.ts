import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { compareWithRelay } from "./compare.js";
import { entrantsOf, withServer } from "./entrant.js";
import { fanOut } from "./loads/fan-out.js";
import { idleSessions } from "./loads/idle-sessions.js";
import { joinStorm } from "./loads/join-storm.js";
import type { Scenario } from "./loads/load.js";
import { rpc } from "./loads/rpc.js";
import { pinGenerator } from "./machine/cores.js";
import { describeMachine } from "./machine/machine.js";
import { benchMatch } from "./pattern-benchmark.js";
import type { TransportName } from "./servers/server-spec.js";
import { kreuz, relay } from "./servers/own-servers.js";

const ROUNDS = 3;

/** One line of the table. */
interface Row {
  readonly scenario: Scenario;
  readonly transport: TransportName;
  readonly codec: Codec;
  readonly bytes: number;
  /** The ratio beyond which something has become slower than it was: what was measured, and the noise of a machine. */
  readonly bound: number;
}

const RPC = rpc(8, 16);
const FAN_OUT = fanOut(10);
const row = (scenario: Scenario, transport: TransportName, codec: Codec, bytes: number, bound: number): Row => ({
  scenario,
  transport,
  codec,
  bytes,
  bound,
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

const { node, cpu, pinned } = describeMachine(pinGenerator());
console.log("CPU of the server per message, as a ratio to a bare relay that forwards frames unread");
console.log(
  `Node ${node}, ${cpu}, server ${pinned ? "pinned to one core" : "not pinned"}, ` +
    `medians of ${ROUNDS} interleaved rounds\n`,
);

const slower: string[] = [];
for (const { scenario, transport, codec, bytes, bound } of ROWS) {
  const { ratio, router, relay: limit } = await compareWithRelay(scenario, { transport, codec }, bytes, ROUNDS);
  const name = `${scenario.name.padEnd(14)} ${transport.padEnd(10)} ${codec.id.padEnd(8)}${String(bytes).padStart(5)} B`;
  console.log(
    `${name}  ${ratio.toFixed(2)} ×   router ${router.microsecondsPerMessage.toFixed(2)} µs, ` +
      `relay ${limit.microsecondsPerMessage.toFixed(2)} µs per ${scenario.unit}, ` +
      `${Math.round(router.messagesPerSecond).toLocaleString("en")} ${scenario.unit}s/s`,
  );
  if (ratio > bound) slower.push(`${name}: ${ratio.toFixed(2)} × the relay, and no more than ${bound} × is expected`);
}

console.log("");
for (const entrant of entrantsOf([relay, kreuz])) {
  const joins = await withServer(entrant, joinStorm);
  const idle = await withServer(entrant, idleSessions);
  const heap = idle.heapPerSession === undefined ? "" : `, of them ${kib(idle.heapPerSession)} of heap`;
  console.log(
    `${entrant.name.padEnd(6)} ${Math.round(joins.joinsPerSecond).toLocaleString("en")} joins/s, ` +
      `${joins.microsecondsPerJoin.toFixed(0)} µs each; ${kib(idle.bytesPerSession)} for each of ` +
      `${idle.sessions.toLocaleString("en")} idle sessions${heap}`,
  );
}

console.log("");
for (const line of await benchMatch()) console.log(line);

if (slower.length > 0) {
  console.error(`\nSlower than it was:\n${slower.map((line) => `  ${line}`).join("\n")}`);
  process.exitCode = 1;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
