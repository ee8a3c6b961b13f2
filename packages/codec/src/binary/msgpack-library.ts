import { Packr, Unpackr, type Options } from "msgpackr";
import { ELEMENT_DEPTH } from "./binary-reader.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { DEEPEST_VALUE, PlainValues } from "./plain-values.js";
import type { DecodingNeeds, ValueLibrary } from "./value-library.js";

const OPTIONS: Options = {
  useRecords: false,
  variableMapSize: true,
  useToJSON: false,
  // A number up to 2^53, a bigint beyond. The declarations of the library lack this choice.
  int64AsType: "auto" as "number",
};

/** The least integer that msgpackr writes as an integer when it is a number. */
const LEAST_INTEGER = -0x8000_0000;

/** Values in MessagePack, by msgpackr. */
export class MsgpackLibrary implements ValueLibrary {
  readonly #plain = new PlainValues(LEAST_INTEGER);
  readonly #packr = new Packr({ ...OPTIONS, mapsAsObjects: true });
  readonly #maps = new Unpackr({ ...OPTIONS, mapsAsObjects: false });

  readonly #signs = new SignReader(this, {
    maxBytes: Number.POSITIVE_INFINITY,
    maxDepth: ELEMENT_DEPTH + DEEPEST_VALUE,
    maxValues: Number.POSITIVE_INFINITY,
  });

  encode(value: unknown): Uint8Array {
    const bytes = this.#packr.pack(this.#plain.of(value));
    if (this.#plain.foundBigint) this.#signs.mark(bytes);
    return bytes;
  }

  decode(bytes: Uint8Array, { maps }: DecodingNeeds): unknown {
    return (maps ? this.#maps : this.#packr).unpack(bytes);
  }
}

/** Turns signed integers that are not negative into unsigned ones, the form that other libraries write. */
class SignReader extends MsgpackReader {
  mark(bytes: Uint8Array): void {
    this.open(bytes);
    this.skip(ELEMENT_DEPTH);
  }

  protected override skipSigned(start: number): void {
    super.skipSigned(start);
    if ((this.bytes[start + 1] as number) < 0x80) this.bytes[start] = 0xcf;
  }
}
