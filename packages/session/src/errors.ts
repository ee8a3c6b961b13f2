import { recognizeCopies, type Uri } from "@kreuz/codec";

/**
 * The session has ended, or its connection was lost. Rejects whatever was open then, and every later request until the
 * session is open again. `cause` is the error of the transport, if there was one.
 */
export class SessionEndedError extends Error {
  static {
    recognizeCopies(this, "SessionEndedError");
  }

  override readonly name = "SessionEndedError";
  /** The reason of GOODBYE or ABORT; `wamp.close.transport_lost` for a lost connection. */
  readonly reason: Uri;

  constructor(reason: Uri, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A loop takes the results or arguments of a call more slowly than they come, and its buffer is full. */
export class BufferOverflowError extends Error {
  override readonly name = "BufferOverflowError";
  /** How many values the buffer holds. */
  readonly limit: number;

  constructor(what: string, limit: number) {
    super(`${what}: the buffer of ${limit} is full; take them faster, or raise "buffer"`);
    this.limit = limit;
  }
}
