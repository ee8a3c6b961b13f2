/** Says which write a value comes from. Compared only for equality, and only within one key. */
export type Revision = string;

/** A value and the write that it comes from. */
export interface Versioned {
  readonly value: Uint8Array;
  readonly revision: Revision;
}

/**
 * A store that decides who was first: each key is linearizable. It may forget everything (nodes write again what they hold),
 * and it may be away: then its methods reject, after 5 s at the latest.
 *
 * Keys consist of components of letters, digits, `-` and `_`, joined by dots.
 */
export interface Referee {
  read(key: string): Promise<Versioned | undefined>;
  /**
   * Writes a value, or deletes the key for `undefined`, if the key still has the expected revision.
   *
   * @returns the new revision; `conflict` when somebody else was first, and nothing was written. A write that rejects may
   * have happened.
   */
  write(key: string, value: Uint8Array | undefined, expected: Revision | "absent"): Promise<Revision | "conflict">;
  /** The keys that start with these components. */
  keys(prefix: string): AsyncIterable<string>;
  close(): Promise<void>;
}
