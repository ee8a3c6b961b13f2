import type { Account } from "@kreuz/codec";
import type { TransportSettings } from "./transport-settings.js";

/** A message that arrives at this rate is never late, however large it is. */
const MIN_BYTES_PER_SECOND = 64 * 1024;

/** How long `bytes` of a message may take, in milliseconds. */
export function messageDeadline({ messageTimeout }: Pick<TransportSettings, "messageTimeout">, bytes: number): number {
  return messageTimeout + (bytes / MIN_BYTES_PER_SECOND) * 1000;
}

/** What a {@link PartialMessage} asks of its connection. */
export interface PartialMessageOwner {
  /** A connection that is not being read cannot be late. */
  readonly isPaused: boolean;
  /** The rest of a message did not arrive in time. */
  onLate(failure: Error): void;
}

/**
 * The message that has not arrived completely: charged to the client, and given a deadline. A timer is set for the first
 * message of many only, so that a message in two chunks costs next to nothing.
 */
export class PartialMessage {
  readonly #settings: TransportSettings;
  readonly #account: Account | undefined;
  readonly #owner: PartialMessageOwner;
  #bytes = 0;
  #pieces = 0;
  /** Which message of the connection it is, and when its first bytes were seen. */
  #number = -1;
  #began = 0;
  #cancel: (() => void) | undefined;

  constructor(settings: TransportSettings, account: Account | undefined, owner: PartialMessageOwner) {
    this.#settings = settings;
    this.#account = account;
    this.#owner = owner;
  }

  /** After each chunk of data: what is held of message `number`, 0 bytes if all that arrived was complete. */
  update(number: number, bytes: number, pieces: number): void {
    if (bytes === 0 && this.#bytes === 0) return;
    if (bytes > 0 && (this.#bytes === 0 || number !== this.#number)) this.#began = this.#settings.clock.now();
    const moreBytes = bytes - this.#bytes;
    const heldPieces = bytes === 0 ? 0 : pieces;
    const morePieces = heldPieces - this.#pieces;
    this.#number = number;
    this.#bytes = bytes;
    this.#pieces = heldPieces;
    this.#account?.charge(moreBytes, morePieces);
    if (bytes > 0) this.#cancel ??= this.#schedule(this.#settings.messageTimeout);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#account?.refund(this.#bytes, this.#pieces);
    this.#bytes = this.#pieces = 0;
  }

  #schedule(delay: number): () => void {
    return this.#settings.clock.schedule(delay, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#cancel = undefined;
    if (this.#bytes === 0) return;
    const { clock } = this.#settings;
    if (this.#owner.isPaused) this.#began = clock.now();
    const left = this.#began + messageDeadline(this.#settings, this.#bytes) - clock.now();
    if (left > 0) this.#cancel = this.#schedule(left);
    else this.#owner.onLate(lateError(this.#settings, this.#bytes));
  }
}

/** Tells people what was late. */
export function lateError({ messageTimeout }: TransportSettings, bytes: number): Error {
  return new Error(
    `a message of which ${bytes} bytes arrived was not complete within messageTimeout (${messageTimeout} ms)`,
  );
}
