import { Fifo } from "../fifo.js";
import { ByteReader, WireError } from "../wire/byte-reader.js";

/** A message that came, until all that was in it is dealt with. */
interface Arrived {
  readonly sequence: number;
  readonly bytes: number;
  /** What is still at work on it. */
  holds: number;
}

/** The other direction of a link while it is up: finds gaps, puts pieces together, and knows what may be acknowledged. */
export class Incoming {
  readonly #longest: number;
  #sequence = 0;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** The messages that are not acknowledged, in order. */
  readonly #arrived = new Fifo<Arrived>();
  #acknowledged = 0;
  #unannounced = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The number of the last message that came. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The number of the last message that was dealt with, as were all before it. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Bytes that were dealt with since the peer was last told. */
  get unannounced(): number {
    return this.#unannounced;
  }

  announced(): void {
    this.#unannounced = 0;
  }

  /**
   * Takes the next message. The first {@link hold} of it is the caller's own: it lasts as long as the frames are read.
   *
   * @throws WireError when a message is missing before it.
   */
  take(sequence: number, bytes: number): void {
    if (sequence !== this.#sequence + 1)
      throw new WireError(`message ${sequence} came after message ${this.#sequence}: what lay between is lost`);
    this.#sequence = sequence;
    this.#arrived.push({ sequence, bytes, holds: 0 });
  }

  /** Keeps the last message from being acknowledged until the returned function is called. */
  hold(): () => void {
    const message = this.#arrived.last!;
    message.holds++;
    return () => {
      message.holds--;
      for (let { first } = this.#arrived; first?.holds === 0; first = this.#arrived.first) {
        this.#acknowledged = first.sequence;
        this.#unannounced += first.bytes;
        this.#arrived.shift();
      }
    };
  }

  /**
   * @returns the frames of a message; `undefined` while pieces are missing.
   * @throws WireError when the pieces are too long.
   */
  join(body: Uint8Array, more: boolean): ByteReader | undefined {
    if (!more && this.#pieces.length === 0) return new ByteReader(body);
    this.#pieceBytes += body.length;
    if (this.#pieceBytes > this.#longest)
      throw new WireError(`a message in pieces exceeds ${this.#longest} bytes, which is the most that is accepted`);
    this.#pieces.push(body);
    if (more) return undefined;
    const joined = new Uint8Array(this.#pieceBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    return new ByteReader(joined);
  }
}
