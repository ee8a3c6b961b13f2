import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Call, Codec } from "@kreuz/codec";
import { MessageType } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { PAYLOADS } from "./codec-payloads.js";

// `pnpm bench:codecs`: CPU of decoding and transcoding, by kind of payload. Each figure is measured in a process of its own,
// since V8 optimizes a codec for what the process has seen, and so they would spoil one another.

const CODECS: readonly Codec[] = [json, msgpack, cbor];
const ROUNDS = 15;
const WARM_UP_MICROSECONDS = 400_000;
const ROUND_MICROSECONDS = 10_000;

/** CPU time in microseconds of one operation, at best: the machine may be busy with other things. */
function measure(operation: () => void): number {
  const round = (repeats: number): number => {
    const start = process.cpuUsage();
    for (let index = 0; index < repeats; index++) operation();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / repeats;
  };
  for (let spent = 0; spent < WARM_UP_MICROSECONDS;) spent += 100 * round(100);
  const repeats = Math.ceil(ROUND_MICROSECONDS / Math.max(round(1000), 0.01));
  return Math.min(...Array.from({ length: ROUNDS }, () => round(repeats)));
}

/** Measures in this process: decoding with `from`, and, if `to` is another codec, encoding for it. */
function measureOne(from: Codec, to: Codec | undefined, args: readonly unknown[]): Readonly<Record<string, number>> {
  const call: Call = {
    type: MessageType.CALL,
    request: 1,
    options: {},
    procedure: "com.example.add",
    payload: { args },
  };
  const frame = new Uint8Array(from.encode(call));
  if (to !== undefined) return { time: measure(() => to.encode(from.decode(frame))) };
  const text = Buffer.from(frame);
  const platform = from === json ? { platform: measure(() => JSON.parse(text.toString("utf8")) as unknown) } : {};
  return { bytes: frame.length, time: measure(() => from.decode(frame)), ...platform };
}

function inProcess(from: Codec, to: Codec | undefined, payload: string): Readonly<Record<string, number>> {
  const args = [fileURLToPath(import.meta.url), from.id, to?.id ?? "", payload];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the measurement of ${payload} failed:\n${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, number>>;
}

const cell = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(value < 10 ? 2 : 1));

function table(from: Codec): void {
  const others = CODECS.filter((codec) => codec !== from);
  const platform = from === json ? ["`JSON.parse`"] : [];
  const heads = ["arguments", "bytes", "decode", ...platform, ...others.map(({ id }) => `decode, and encode as ${id}`)];
  console.log(
    `\n${from.id}: µs of CPU for each message\n\n| ${heads.join(" | ")} |\n|${heads.map(() => " --- |").join("")}`,
  );
  for (const payload of Object.keys(PAYLOADS)) {
    const own = inProcess(from, undefined, payload);
    const times = others.map((to) => inProcess(from, to, payload)["time"]);
    const cells = [own["time"], ...(from === json ? [own["platform"]] : []), ...times].map(cell);
    console.log(`| ${[payload, own["bytes"], ...cells].join(" | ")} |`);
  }
}

const [fromId, toId, payload] = process.argv.slice(2);
const codecOf = (id: string | undefined): Codec | undefined => CODECS.find((codec) => codec.id === id);
const from = codecOf(fromId);
if (from !== undefined && payload !== undefined)
  console.log(JSON.stringify(measureOne(from, codecOf(toId), PAYLOADS[payload] ?? [])));
else for (const codec of CODECS) table(codec);
