import { type Options, Packr, Unpackr } from "msgpackr";
import { ELEMENT_DEPTH } from "../frame/frame-limits.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { MAX_VALUE_DEPTH, PlainValues } from "./plain-values.js";
import type { DecodingNeeds, ValueLibrary } from "./value-library.js";

const OPTIONS: Options = {
  useRecords: false,
  variableMapSize: true,
  useToJSON: false,
  // A number up to 2^53, a bigint beyond. Missing from the type declarations of msgpackr.
  int64AsType: "auto" as "number",
};

/** The smallest number that msgpackr writes as an integer. */
const MIN_INTEGER = -0x8000_0000;

/** Encodes and decodes values in MessagePack with msgpackr. */
export class MsgpackLibrary implements ValueLibrary {
  readonly #plain = new PlainValues(MIN_INTEGER);
  readonly #packr = new Packr({ ...OPTIONS, mapsAsObjects: true });
  readonly #maps = new Unpackr({ ...OPTIONS, mapsAsObjects: false });
  readonly #unsigned = new UnsignedMarker(this, {
    maxBytes: Number.POSITIVE_INFINITY,
    maxDepth: ELEMENT_DEPTH + MAX_VALUE_DEPTH,
    maxValues: Number.POSITIVE_INFINITY,
  });

  encode(value: unknown): Uint8Array {
    const bytes = this.#packr.pack(this.#plain.of(value));
    if (this.#plain.foundBigint) this.#unsigned.mark(bytes);
    return bytes;
  }

  decode(bytes: Uint8Array, { maps }: DecodingNeeds): unknown {
    return (maps ? this.#maps : this.#packr).unpack(bytes);
  }
}

/** Marks non-negative 64-bit integers as unsigned, as other libraries write them; msgpackr writes a bigint as signed. */
class UnsignedMarker extends MsgpackReader {
  /** Changes the bytes of one value in place. */
  mark(bytes: Uint8Array): void {
    this.open(bytes);
    this.skip(ELEMENT_DEPTH);
  }

  protected override skipSigned(start: number): void {
    super.skipSigned(start);
    if ((this.bytes[start + 1] as number) < 0x80) this.bytes[start] = 0xcf;
  }
}
