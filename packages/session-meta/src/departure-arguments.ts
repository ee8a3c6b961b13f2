import { CloseUri, ErrorUri, isUri, WampError } from "@kreuz/codec";
import { optionalArgument, stringArgument, type Departure, type ProcedureCall } from "@kreuz/router";

/**
 * What GOODBYE will say, from the keyword arguments `reason` and `message`. Checked before anybody is killed.
 *
 * @throws WampError `wamp.error.invalid_uri` for a malformed reason, `wamp.error.invalid_argument` for a wrong type.
 */
export function departureArguments({ kwargs }: ProcedureCall): Departure {
  const reason = optionalArgument("reason", kwargs["reason"], stringArgument) ?? CloseUri.KILLED;
  const message = optionalArgument("message", kwargs["message"], stringArgument);
  if (!isUri(reason)) throw new WampError(ErrorUri.INVALID_URI, `reason: "${reason.slice(0, 80)}" is not a valid URI`);
  return message === undefined ? { reason } : { reason, message };
}
