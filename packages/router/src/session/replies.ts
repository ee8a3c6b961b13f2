import { ErrorUri, MessageType as M, type ErrorMessage, type Id, WampError } from "@kreuz/codec";
import type { Session } from "./session.js";

/** The ERROR message that answers a request. */
export function errorReply(requestType: number, request: Id, error: WampError): ErrorMessage {
  return { type: M.ERROR, requestType, request, details: error.details, error: error.uri, payload: error.payload };
}

/** What to answer when `session` would not take a message. `what` and `whom` are for people: "the result", "the caller". */
export function undeliverable({ refusal }: Session, what: string, whom: string): WampError {
  return refusal === "length"
    ? new WampError(ErrorUri.PAYLOAD_SIZE_EXCEEDED, `${what} would be a longer message than ${whom} takes`)
    : new WampError(ErrorUri.INVALID_ARGUMENT, `${what} cannot be encoded for ${whom}`);
}
