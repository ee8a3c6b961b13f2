import type { Account } from "@kreuz/codec";

const NEWLINE = 10;

/** Cuts what arrives into lines. What waits is charged to the client. */
export class LineReader {
  readonly #account: Account | undefined;
  #lines: Buffer[] = [];
  #taken = 0;
  /** The chunks of a line that is not complete. */
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(account: Account | undefined) {
    this.#account = account;
  }

  /** Length of the line that is not complete. */
  get restBytes(): number {
    return this.#restBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#addLine(this.#complete(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#addRest(chunk.subarray(start));
  }

  /** The next line; `undefined` when none is complete. */
  next(): Buffer | undefined {
    const line = this.#lines[this.#taken++];
    if (line === undefined) {
      this.#lines = [];
      this.#taken = 0;
      return undefined;
    }
    this.#account?.refund(line.length);
    return line;
  }

  clear(): void {
    while (this.next() !== undefined);
    this.#complete(Buffer.alloc(0));
  }

  #addLine(line: Buffer): void {
    // An empty line keeps the connection alive, and is no message.
    if (line.length === 0) return;
    this.#account?.charge(line.length);
    this.#lines.push(line);
  }

  #addRest(part: Buffer): void {
    this.#account?.charge(part.length);
    this.#rest.push(part);
    this.#restBytes += part.length;
  }

  #complete(end: Buffer): Buffer {
    if (this.#rest.length === 0) return end;
    const line = Buffer.concat([...this.#rest, end]);
    this.#account?.refund(this.#restBytes, this.#rest.length);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
