import { EMPTY_PAYLOAD, type Payload } from "./payload.js";
import type { Dict, Uri } from "./types.js";
import { ErrorUri } from "./uris.js";

/**
 * The peer broke the protocol. Ends the session: it becomes an ABORT with `wamp.error.protocol_violation`, and the
 * message is sent along, so it must help the author of the client (spec: "Protocol Errors").
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly uri: Uri = ErrorUri.PROTOCOL_VIOLATION;
}

/** A request failed. Becomes an ERROR message with this URI and payload; the session goes on. */
export class WampError extends Error {
  override readonly name = "WampError";
  readonly uri: Uri;
  readonly payload: Payload;
  /** Goes out as `ERROR.Details`. */
  readonly details: Dict;

  /**
   * @param uri - one of {@link ErrorUri} or an application's own URI.
   * @param message - for people; sent as the first positional element unless a payload is given.
   */
  constructor(uri: Uri, message?: string, payload?: Payload, details: Dict = {}) {
    super(message === undefined ? uri : `${uri}: ${message}`);
    this.uri = uri;
    this.payload = payload ?? (message === undefined ? EMPTY_PAYLOAD : { args: [message] });
    this.details = details;
  }
}

/** A setting is wrong. Raised at start-up, never while routing. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Where in the configuration, for example `realms[0].name`. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === "" ? message : `${path}: ${message}`);
    this.path = path;
  }
}
