import { SessionEndedError, WampError } from "@kreuz/client";

/** What errors without a text of their own mean. */
const MEANINGS: Readonly<Record<string, string>> = {
  "wamp.error.not_authorized": "Your role does not allow this.",
  "wamp.error.no_such_procedure": "Nobody has registered this procedure.",
  "wamp.error.no_such_realm": "The router has no such realm, perhaps since a change of its config.",
  "wamp.error.no_such_session": "This session has ended.",
  "wamp.error.timeout": "There was no answer in time.",
  "wamp.error.canceled": "The call was cancelled.",
};

/** An error as a sentence: what happened, and its URI where it has one. */
export function problemOf(error: unknown): string {
  if (error instanceof WampError) {
    const [text] = error.args;
    const own = typeof text === "string" && text !== "" ? text : undefined;
    return `${own ?? MEANINGS[error.uri] ?? "The router answered with an error."} (${error.uri})`;
  }
  if (error instanceof SessionEndedError) return "The connection to the router was lost; it is being made again.";
  return error instanceof Error ? error.message : String(error);
}
