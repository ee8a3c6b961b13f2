import { MessageType as M, type ErrorMessage, type Id, type WampError } from "@kreuz/codec";

/** The ERROR message that answers a request. */
export function errorReply(requestType: number, request: Id, error: WampError): ErrorMessage {
  return { type: M.ERROR, requestType, request, details: error.details, error: error.uri, payload: error.payload };
}
