/** The header that a protocol puts before each message. */
export interface Framing {
  /** Length of the header of a message of `length` bytes. */
  headerLength(length: number): number;
  /** Writes the header of a message of `length` bytes at `offset`. */
  writeHeader(target: Buffer, offset: number, length: number): void;
}
