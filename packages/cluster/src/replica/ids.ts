import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { RouterIds } from "@kreuz/router";

const encoder = new TextEncoder();

/**
 * Ids of registrations and subscriptions that all nodes know without asking: 53 bits of a keyed hash (HalfSipHash-2-4) of
 * realm, policy and URI. Who does not know the key cannot find two URIs with one id.
 */
export class HashedIds implements RouterIds {
  readonly #realm: Uri;
  #low = 0;
  #high = 0;
  #isOpen = false;

  constructor(realm: Uri) {
    this.#realm = realm;
  }

  /** Whether the key is known. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** There are no ids without the key, of eight bytes. */
  open(key: Uint8Array): void {
    this.#isOpen = true;
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.#low = view.getInt32(0, true);
    this.#high = view.getInt32(4, true);
  }

  /** Names the realm where its URI cannot be used. */
  get realm(): Id {
    return this.#id("", "", "exact");
  }

  registration(uri: Uri, match: MatchPolicy): Id {
    return this.#id("r", uri, match);
  }

  subscription(uri: Uri, match: MatchPolicy): Id {
    return this.#id("s", uri, match);
  }

  #id(kind: string, uri: Uri, match: MatchPolicy): Id {
    if (!this.#isOpen) throw new Error(`realm "${this.#realm}" is not open yet`);
    return halfSipHash(encoder.encode(`${kind}${match} ${this.#realm} ${uri}`), this.#low, this.#high);
  }
}

/** @returns a number from 1 to 2^53. */
function halfSipHash(bytes: Uint8Array, low: number, high: number): Id {
  let v0 = low;
  let v1 = high ^ 0xee;
  let v2 = low ^ 0x6c796765;
  let v3 = high ^ 0x74656462;
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
  };
  const { length } = bytes;
  for (let at = 0; at <= length; at += 4) {
    let word = at + 4 > length ? length << 24 : 0;
    for (let index = at; index < Math.min(at + 4, length); index++) word |= bytes[index]! << (8 * (index - at));
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xee;
  rounds(4);
  const first = v1 ^ v3;
  v1 ^= 0xdd;
  rounds(4);
  return (first >>> 11) * 2 ** 32 + ((v1 ^ v3) >>> 0) + 1;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
