import { recognizeCopies } from "./recognize-copies.js";
import { type Dict, EMPTY_PAYLOAD, type Payload } from "./payload.js";
import type { Uri } from "./uri.js";
import type { ErrorUri } from "./uris.js";

/** A constant and not a member of an object, of which every bundle with an error would carry all. */
const PROTOCOL_VIOLATION: (typeof ErrorUri)["PROTOCOL_VIOLATION"] = "wamp.error.protocol_violation";

/**
 * The peer violated the protocol. Ends the session with an ABORT that has this URI and message, so the message must help
 * the author of the client (spec: "Protocol Errors").
 */
export class ProtocolError extends Error {
  static {
    recognizeCopies(this, "ProtocolError");
  }

  override readonly name: string = "ProtocolError";
  readonly uri: Uri = PROTOCOL_VIOLATION;
}

/** A request failed. Becomes an ERROR message with this URI and payload; the session continues. */
export class WampError extends Error {
  static {
    recognizeCopies(this, "WampError");
  }

  override readonly name = "WampError";
  readonly uri: Uri;
  readonly payload: Payload;
  /** `ERROR.Details`. */
  readonly details: Dict;

  /**
   * @param uri - one of {@link ErrorUri} or an application's own URI.
   * @param message - for people; sent as the first positional argument unless a payload is given.
   */
  constructor(uri: Uri, message?: string, payload?: Payload, details: Dict = {}) {
    super(message === undefined ? uri : `${uri}: ${message}`);
    this.uri = uri;
    this.payload = payload ?? (message === undefined ? EMPTY_PAYLOAD : { args: [message] });
    this.details = details;
  }

  /** The positional arguments of the error; empty when there are none. */
  get args(): readonly unknown[] {
    return this.payload.args ?? [];
  }

  /** The keyword arguments of the error; empty when there are none. */
  get kwargs(): Dict {
    return this.payload.kwargs ?? {};
  }
}

/** What was thrown, as an Error: JavaScript lets a program throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
