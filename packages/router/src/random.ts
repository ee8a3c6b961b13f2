import type { Id } from "@kreuz/codec";

/** An unpredictable source of randomness; tests pass their own. */
export interface Random {
  /** An id from the whole range 1 to 2^53, uniformly (spec: "IDs", global scope). */
  id(): Id;
  /** A string of letters and digits that cannot be guessed, for authids that the router assigns. */
  name(): string;
}

const ALPHABET = "3479ACEFGHJKLMNPQRSTUVWXY";
const NAME_GROUPS = 6;
const GROUP_LENGTH = 4;
/** Ids are drawn in batches: one call into the platform's generator costs more than a thousand ids. */
const BATCH = 512;

/** Randomness from the platform's cryptographic generator. */
export class CryptoRandom implements Random {
  readonly #words = new Uint32Array(BATCH * 2);
  #next = this.#words.length;

  id(): Id {
    // 53 random bits give 0 to 2^53 - 1; one more gives the range of WAMP ids, both ends included.
    return (this.#word() >>> 11) * 2 ** 32 + this.#word() + 1;
  }

  name(): string {
    const groups: string[] = [];
    for (let group = 0; group < NAME_GROUPS; group++) {
      let letters = "";
      for (let index = 0; index < GROUP_LENGTH; index++) letters += this.#letter();
      groups.push(letters);
    }
    return groups.join("-");
  }

  #letter(): string {
    const fair = Math.floor(2 ** 32 / ALPHABET.length) * ALPHABET.length;
    for (;;) {
      const word = this.#word();
      if (word < fair) return ALPHABET[word % ALPHABET.length]!;
    }
  }

  #word(): number {
    if (this.#next === this.#words.length) {
      crypto.getRandomValues(this.#words);
      this.#next = 0;
    }
    return this.#words[this.#next++]!;
  }
}
