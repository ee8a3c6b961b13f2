import { cpus } from "node:os";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { callInLoops, fanOut } from "./load.js";
import { benchMatch } from "./match.js";
import { measure, median } from "./measure.js";
import { ServerProcess } from "./server-process.js";

/** Rounds are interleaved, relay and router in turn, so that a machine that slows down slows both. */
const ROUNDS = 3;
const CODECS = [json, msgpack, cbor];
const SIZES = [64, 4096];
const LOADS = [
  { name: "RPC, 8 callers × 16 calls in flight", unit: "call", start: callInLoops },
  { name: "fan-out, 1 publisher → 10 subscribers", unit: "event", start: fanOut },
];

console.log(`CPU of the server per message, as a ratio to a bare ws relay that forwards frames unread`);
console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, medians of ${ROUNDS} interleaved rounds\n`);

for (const { name, unit, start } of LOADS) {
  console.log(name);
  for (const bytes of SIZES) for (const codec of CODECS) await compare(bytes, codec);
  console.log("");

  async function compare(bytes: number, codec: (typeof CODECS)[number]): Promise<void> {
    const [relay, router] = [
      await ServerProcess.start("./serve-relay.js"),
      await ServerProcess.start("./serve-router.js"),
    ];
    const costs = { relay: [] as number[], router: [] as number[], rate: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      costs.relay.push((await measure(relay, start, { codec, bytes, wamp: false })).microseconds);
      const { microseconds, messagesPerSecond } = await measure(router, start, { codec, bytes, wamp: true });
      costs.router.push(microseconds);
      costs.rate.push(messagesPerSecond);
    }
    await Promise.all([relay.stop(), router.stop()]);
    const ratio = median(costs.router.map((cost, round) => cost / costs.relay[round]!));
    console.log(
      `  ${codec.id.padEnd(8)}${String(bytes).padStart(5)} B   ${ratio.toFixed(2)} ×   ` +
        `router ${median(costs.router).toFixed(2)} µs, relay ${median(costs.relay).toFixed(2)} µs per ${unit}, ` +
        `${Math.round(median(costs.rate)).toLocaleString("en")} ${unit}s/s`,
    );
  }
}

for (const line of await benchMatch()) console.log(line);
