/** How patient links are, and how much they carry. Durations in milliseconds, sizes in bytes. */
export interface LinkSettings {
  /** Each link says so often that it lives. */
  readonly beat: number;
  /** A peer that was silent for so long is suspected: its calls fail, and the link starts anew. */
  readonly suspect: number;
  /** A node whose own timer was so late does not blame its peers for the silence. */
  readonly lateness: number;
  /** What one peer may send before it is acknowledged. */
  readonly window: number;
  /** What all peers together may send. */
  readonly windowOfAll: number;
  /** Answers and state may exceed the window up to this; then the link starts anew. */
  readonly most: number;
  /** Frames of one turn are gathered up to this. */
  readonly batch: number;
  /** Longer messages are sent in pieces. */
  readonly piece: number;
  /** The longest message that is put together from pieces. */
  readonly longest: number;
  /** Of what is long, such as a snapshot or what a dead node had, so many frames or sessions are dealt with in one turn of the event loop. */
  readonly perTurn: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The default settings: a lost node is noticed within 3.5 s. */
export const DEFAULT_LINK_SETTINGS: LinkSettings = {
  beat: 1000,
  suspect: 2500,
  lateness: 1000,
  window: 8 * MIB,
  windowOfAll: 48 * MIB,
  most: 32 * MIB,
  batch: 16 * KIB,
  piece: 256 * KIB,
  longest: 20 * MIB,
  perTurn: 128,
};
