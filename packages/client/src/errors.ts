import type { Dict, Uri } from "@kreuz/codec";

/** The router refused the session with ABORT, or this client refused the router. `cause` says why, where there is more. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** The reason of ABORT. */
  readonly reason: Uri;
  /** `ABORT.Details`. */
  readonly details: Dict;

  constructor(reason: Uri, message: string, details: Dict = {}, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.details = details;
  }
}
