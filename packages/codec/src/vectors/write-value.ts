import { CborWriter } from "../binary/cbor-writer.js";
import { MsgpackWriter } from "../binary/msgpack-writer.js";
import { JsonValueWriter } from "../json/json-value-writer.js";
import { emitValue } from "../values/emit-value.js";

type ValueWriter = CborWriter | MsgpackWriter | JsonValueWriter;

const WRITERS: Readonly<Record<"json" | "msgpack" | "cbor", ValueWriter>> = {
  json: new JsonValueWriter(),
  msgpack: new MsgpackWriter(),
  cbor: new CborWriter(),
};

/** Writes any value, which need not be a message. */
export function writeValue(format: keyof typeof WRITERS, value: unknown): Uint8Array {
  const writer = WRITERS[format];
  writer.begin();
  emitValue(value, writer);
  return Uint8Array.from(writer.written());
}
