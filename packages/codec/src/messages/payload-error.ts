import { ProtocolError } from "../errors.js";
import type { Uri } from "../uri.js";
import { ErrorUri } from "../uris.js";
import type { Message } from "./messages.js";

/**
 * A payload is outside WAMP's data model, so that not every peer could decode it. A request that can be answered is
 * answered with ERROR `wamp.error.invalid_payload`, and the session continues. Any other message ends the session.
 */
export class PayloadError extends ProtocolError {
  override readonly name = "PayloadError";
  override readonly uri: Uri;
  /** The message without its payload; absent when the value is in its header. */
  readonly refused: Message | undefined;

  constructor(message: string, refused?: Message) {
    super(message);
    this.uri = refused === undefined ? ErrorUri.PROTOCOL_VIOLATION : ErrorUri.INVALID_PAYLOAD;
    this.refused = refused;
  }
}
