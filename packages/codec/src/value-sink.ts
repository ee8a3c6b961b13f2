/**
 * Takes the values of a payload one after another: a writer of a format, or a builder of JavaScript values. What reads one
 * format and what writes another meet here, so transcoding creates no values in between.
 */
export interface ValueSink {
  null(): void;
  boolean(value: boolean): void;
  /** A float, or an integer from -2^53 to 2^53. */
  number(value: number): void;
  /** An integer that a number cannot hold, of up to 1024 bits. */
  bigint(value: bigint): void;
  string(value: string): void;
  /** A string that lies in `bytes` as valid UTF-8. */
  utf8(bytes: Uint8Array, start: number, end: number): void;
  binary(value: Uint8Array): void;
  /** @param count - number of values that follow, -1 if it is not known yet. @returns a mark for {@link closeList}. */
  openList(count: number): number;
  closeList(mark: number, count: number): void;
  /** @param count - number of pairs that follow, -1 if it is not known yet. @returns a mark for {@link closeDict}. */
  openDict(count: number): number;
  /** The key of the next value in a dict. */
  key(value: string): void;
  /** A key that lies in `bytes` as valid UTF-8. */
  utf8Key(bytes: Uint8Array, start: number, end: number): void;
  closeDict(mark: number, count: number): void;
}

const MAX_EXACT = 2n ** 53n;
/** A bigint of more bits is infinite as a number, and slow to convert to digits. */
export const MAX_BIGINT_BITS = 1024;
const BIGINT_LIMIT = 1n << BigInt(MAX_BIGINT_BITS);

/** Hands an integer of any size to a sink: beyond 1024 bits as an infinite number. */
export function emitInteger(value: bigint, sink: ValueSink): void {
  const isLong = value > MAX_EXACT || value < -MAX_EXACT;
  if (isLong && value < BIGINT_LIMIT && value >= -BIGINT_LIMIT) sink.bigint(value);
  else sink.number(Number(value));
}
