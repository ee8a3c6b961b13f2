import { type Codec, ConfigError } from "@kreuz/codec";
import { type BatchFormat, batchFormatOf } from "../output/batch-format.js";

/** What a WebSocket subprotocol, or a protocol of long-poll, stands for. */
export interface Subprotocol {
  readonly name: string;
  readonly codec: Codec;
  /** How several messages travel in one; absent where each travels alone. */
  readonly batch: BatchFormat | undefined;
}

/** Subprotocols by name, in the order of preference. */
export type SubprotocolTable = ReadonlyMap<string, Subprotocol>;

/**
 * The subprotocols of some codecs: each one's own, and its batched form (spec: "Message Batching").
 *
 * @throws ConfigError when there is no codec or two want the same subprotocol.
 */
export function subprotocolTable(codecs: readonly Codec[]): SubprotocolTable {
  const table = new Map<string, Subprotocol>();
  for (const codec of codecs) {
    const name = codec.subprotocol;
    table.set(name, { name, codec, batch: undefined });
    table.set(`${name}.batched`, { name: `${name}.batched`, codec, batch: batchFormatOf(codec) });
  }
  if (table.size === 0) throw new ConfigError("codecs", "expected at least one codec");
  if (table.size < 2 * codecs.length) throw new ConfigError("codecs", "two codecs have the same subprotocol");
  return table;
}

/** The first subprotocol of the client's list that is known (RFC 6455, section 4.2.2). */
export function negotiate(table: SubprotocolTable, offered: Iterable<string>): Subprotocol | undefined {
  for (const name of offered) {
    const subprotocol = table.get(name);
    if (subprotocol !== undefined) return forOneConnection(subprotocol);
  }
  return undefined;
}

/** The form of a batch may depend on the peer, so each connection has its own. */
function forOneConnection({ name, codec, batch }: Subprotocol): Subprotocol {
  return { name, codec, batch: batch === undefined ? undefined : batchFormatOf(codec) };
}

/** The names in a `Sec-WebSocket-Protocol` header. */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** The subprotocols for people; whoever knows the batched ones knows their names from these. */
export function plainNames(table: SubprotocolTable): string {
  return [...table.values()].flatMap(({ name, batch }) => (batch === undefined ? [name] : [])).join(", ");
}
