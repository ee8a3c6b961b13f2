import type { Codec, CodecLimits } from "../codec.js";
import { limitsOf } from "../frame/frame-limits.js";
import { BinaryCodec } from "./binary-codec.js";
import { BinaryWriter } from "./binary-writer.js";
import { CborLibrary } from "./cbor-library.js";
import { CborReader } from "./cbor-reader.js";

/** Major types in the upper three bits of a head (RFC 8949, section 3.1). */
const UNSIGNED = 0x00;
const TEXT = 0x60;
const LIST = 0x80;
const DICT = 0xa0;

/**
 * Creates a CBOR codec, WebSocket subprotocol `wamp.2.cbor` (spec: "Serializers").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createCborCodec(limits: CodecLimits = {}): Codec {
  const checked = limitsOf(limits);
  const library = new CborLibrary();
  const reader = new CborReader(library, checked);
  return new BinaryCodec({ id: "cbor", reader, writer: new CborWriter(), library }, checked);
}

/** Writes CBOR with definite lengths. */
class CborWriter extends BinaryWriter {
  override list(count: number): void {
    this.#argument(LIST, count);
  }

  override emptyDict(): void {
    this.#argument(DICT, 0);
  }

  override integer(value: number): void {
    this.#argument(UNSIGNED, value);
  }

  protected override textHead(length: number): void {
    this.#argument(TEXT, length);
  }

  #argument(major: number, value: number): void {
    if (value < 24) this.head(major | value, 0, value);
    else if (value <= 0xff) this.head(major | 24, 1, value);
    else if (value <= 0xffff) this.head(major | 25, 2, value);
    else if (value <= 0xffff_ffff) this.head(major | 26, 4, value);
    else this.head(major | 27, 8, value);
  }
}

/** A CBOR codec with default limits. */
export const cbor: Codec = createCborCodec();
