import { type Codec, ConfigError } from "@kreuz/codec";

/** Codecs by the WebSocket subprotocol that selects them. */
export type CodecTable = ReadonlyMap<string, Codec>;

/** @throws ConfigError when there is no codec or two want the same subprotocol. */
export function codecTable(codecs: readonly Codec[]): CodecTable {
  const table = new Map(codecs.map((codec) => [codec.subprotocol, codec]));
  if (table.size === 0) throw new ConfigError("codecs", "expected at least one codec");
  if (table.size < codecs.length) throw new ConfigError("codecs", "two codecs have the same subprotocol");
  return table;
}

/** The first subprotocol of the client's list that there is a codec for (RFC 6455, section 4.2.2). */
export function negotiate(table: CodecTable, offered: Iterable<string>): Codec | undefined {
  for (const name of offered) {
    const codec = table.get(name);
    if (codec !== undefined) return codec;
  }
  return undefined;
}

/** The names in a `Sec-WebSocket-Protocol` header. */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
