import { Decoder, Encoder, type Options } from "cbor-x";
import { PlainValues } from "./plain-values.js";
import type { ValueLibrary } from "./value-library.js";

const OPTIONS: Options = { useRecords: false, variableMapSize: true, useToJSON: false, tagUint8Array: false };

/** The least integer that cbor-x writes as an integer when it is a number. */
const LEAST_INTEGER = -0x1_0000_0000;

/** Values in CBOR, by cbor-x. */
export class CborLibrary implements ValueLibrary {
  readonly #plain = new PlainValues(LEAST_INTEGER);
  readonly #encoder = new Encoder({ ...OPTIONS, mapsAsObjects: true });
  readonly #maps = new Decoder({ ...OPTIONS, mapsAsObjects: false });

  encode(value: unknown): Uint8Array {
    return this.#encoder.encode(this.#plain.of(value));
  }

  encodeLeaf(value: unknown): Uint8Array {
    return this.#encoder.encode(value);
  }

  decode(bytes: Uint8Array): unknown {
    return this.#encoder.decode(bytes);
  }

  decodeMaps(bytes: Uint8Array): unknown {
    return this.#maps.decode(bytes);
  }
}
