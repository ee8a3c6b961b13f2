import { statfs } from "node:fs/promises";

/** The room that must be free before a write is tried again, besides what is to be written. */
const MIN_FREE_BYTES = 1024 * 1024;
/** Milliseconds to wait for the cause of a failed commit, which LMDB tells later. */
const CAUSE_TIMEOUT = 1_000;

/**
 * Finds out why writes to a folder fail, and keeps them from being tried while there is no room: LMDB writes to the
 * standard error of the process when it fails, and small transactions would still succeed between large ones that fail.
 */
export class WriteRoom {
  readonly #path: string;
  /** Bytes that could not be written the last time. */
  #unwritten = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** To be called before a write. @throws Error when the last one failed and the disk is still full. */
  async check(): Promise<void> {
    if (this.#unwritten === 0) return;
    const { bavail, bsize } = await statfs(this.#path);
    const needed = MIN_FREE_BYTES + 4 * this.#unwritten;
    if (bavail * bsize < needed)
      throw new Error(
        `the disk of ${this.#path} is full: ${bavail * bsize} bytes are free, ${needed} are needed to go on`,
      );
  }

  /** To be called after a write. */
  succeeded(): void {
    this.#unwritten = 0;
  }

  /**
   * To be called with the error of a write of so many bytes.
   * @returns an error that names the cause: LMDB calls a full disk an input/output error, too.
   */
  async failed(error: unknown, bytes: number): Promise<Error> {
    const cause = await causeOf(error);
    this.#unwritten = bytes + 1;
    try {
      await this.check();
    } catch (full) {
      if (full instanceof Error) return full;
    }
    return new Error(`writing to ${this.#path} failed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** LMDB rejects a write at once, and tells why in a promise that rejects later. */
async function causeOf(failure: unknown): Promise<unknown> {
  if (!(failure instanceof Error && "commitError" in failure)) return failure;
  const timeout = new Promise((resolve) => setTimeout(() => resolve(failure), CAUSE_TIMEOUT).unref());
  try {
    return await Promise.race([failure.commitError, timeout]);
  } catch (cause) {
    return cause;
  }
}
