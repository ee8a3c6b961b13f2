import type { MessageResult, Results } from "../results.js";
import { identify, sortServers } from "./labels.js";
import { type Column, markdownTable, MISSING } from "./markdown.js";

/** Rows that are summed up in one. */
const GROUPS: ReadonlyArray<readonly [title: string, includes: (result: MessageResult) => boolean]> = [
  ["RPC 8×16 and 64×16, 64 B", (result) => isRpc(result) && result.bytes === 64],
  ["RPC 8×16 and 64×16, 1 KiB", (result) => isRpc(result) && result.bytes === 1024],
  ["RPC 8×16 and 64×16, 16 KiB", (result) => isRpc(result) && result.bytes === 16_384],
  ["fan-out to 10, 100 and 1000, 64 B", (result) => result.unit === "event" && result.bytes === 64],
  ["fan-out to 10, 100 and 1000, 1 KiB", (result) => result.unit === "event" && result.bytes === 1024],
  ["fan-out to 10, 100 and 1000, 16 KiB", (result) => result.unit === "event" && result.bytes === 16_384],
];

/** Messages per second of Kreuz as a multiple of each other router, all on one core: the least and the largest of each group. */
export function multiplesTable({ messages, servers }: Results): string {
  const peers = sortServers(servers)
    .map(({ name }) => name)
    .filter((name) => identify(name).role === "peer" && !identify(name).twoCores);
  const kreuz = new Map(messages.filter(({ server }) => server === "kreuz").map((result) => [keyOf(result), result]));
  const cell = (peer: string, includes: (result: MessageResult) => boolean): string => {
    const multiples = messages
      .filter((result) => result.server === peer && includes(result))
      .flatMap((result) => {
        const ours = kreuz.get(keyOf(result));
        return ours === undefined ? [] : [ours.messagesPerSecond / result.messagesPerSecond];
      });
    return multiples.length === 0 ? MISSING : `${format(Math.min(...multiples))}–${format(Math.max(...multiples))}`;
  };
  return markdownTable(
    ["", ...peers].map((head, at): Column => ({ head, align: at === 0 ? "left" : "right" })),
    GROUPS.map(([title, includes]) => [title, ...peers.map((peer) => cell(peer, includes))]),
  );
}

/** One call at a time measures latency. */
function isRpc({ unit, scenario }: MessageResult): boolean {
  return unit === "call" && scenario !== "RPC 1×1";
}

function keyOf({ scenario, bytes, codec, transport }: MessageResult): string {
  return `${scenario} ${bytes} ${codec} ${transport}`;
}

function format(multiple: number): string {
  return multiple < 10 ? multiple.toFixed(1) : multiple.toFixed(0);
}
