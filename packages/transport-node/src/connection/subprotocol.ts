import { type Codec, ConfigError } from "@kreuz/codec";
import { type BatchFormat, batchFormatOf } from "../output/batch-format.js";

/** A WebSocket subprotocol, or a protocol of long-poll: a codec, and whether messages travel in batches. */
export interface Subprotocol {
  readonly name: string;
  readonly codec: Codec;
  /** How several messages travel in one; absent where each message travels alone. */
  readonly batch: BatchFormat | undefined;
}

/** Subprotocols by name, the preferred one first. */
export type SubprotocolTable = ReadonlyMap<string, Subprotocol>;

/**
 * Each codec's own subprotocol and its batched form (spec: "Message Batching").
 *
 * @throws ConfigError when there is no codec, or when two codecs have the same subprotocol.
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

/** The first subprotocol of the client's list that the table has (RFC 6455, section 4.2.2). */
export function negotiate(table: SubprotocolTable, offered: Iterable<string>): Subprotocol | undefined {
  for (const name of offered) {
    const subprotocol = table.get(name);
    if (subprotocol !== undefined) return forOneConnection(subprotocol);
  }
  return undefined;
}

/** The format of batches may depend on the peer, so each connection has its own. */
function forOneConnection({ name, codec, batch }: Subprotocol): Subprotocol {
  return { name, codec, batch: batch === undefined ? undefined : batchFormatOf(codec) };
}

/** The supported subprotocols for an error message, without the batched ones, whose names follow from these. */
export function listSubprotocols(table: SubprotocolTable): string {
  return [...table.values()].flatMap(({ name, batch }) => (batch === undefined ? [name] : [])).join(", ");
}
