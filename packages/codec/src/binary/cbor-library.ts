import { Decoder, Encoder, type Options } from "cbor-x";
import { PlainValues } from "./plain-values.js";
import type { DecodingNeeds, ValueLibrary } from "./value-library.js";

const OPTIONS: Options = { useRecords: false, variableMapSize: true, useToJSON: false, tagUint8Array: false };
/** Missing from the type declarations of cbor-x. */
const NUMBERS = { int64AsNumber: true };

/** The smallest number that cbor-x writes as an integer. */
const MIN_INTEGER = -0x1_0000_0000;

/** Encodes and decodes values in CBOR with cbor-x. */
export class CborLibrary implements ValueLibrary {
  readonly #plain = new PlainValues(MIN_INTEGER);
  readonly #encoder = new Encoder({ ...OPTIONS, mapsAsObjects: true });
  readonly #decoder = new Decoder({ ...OPTIONS, ...NUMBERS, mapsAsObjects: true });
  readonly #maps = new Decoder({ ...OPTIONS, ...NUMBERS, mapsAsObjects: false });
  readonly #bigintMaps = new Decoder({ ...OPTIONS, mapsAsObjects: false });

  encode(value: unknown): Uint8Array {
    return this.#encoder.encode(this.#plain.of(value));
  }

  /** Encodes a number, a string or bytes so that {@link decode} returns exactly that. */
  encodeLeaf(value: unknown): Uint8Array {
    return this.#encoder.encode(value);
  }

  decode(bytes: Uint8Array, { maps, bigints }: DecodingNeeds): unknown {
    if (maps) return (bigints ? this.#bigintMaps : this.#maps).decode(bytes);
    return (bigints ? this.#encoder : this.#decoder).decode(bytes);
  }
}
