import type { Dict } from "@kreuz/codec";

/** What a client sends in AUTHENTICATE. */
export interface ClientAnswer {
  readonly signature: string;
  readonly extra: Dict;
}

/** The client's side of an authentication method, for one handshake. */
export interface ClientMethod {
  /** For `HELLO.Details.authmethods`. */
  readonly authmethod: string;
  /** For `HELLO.Details.authextra`. */
  readonly authextra: Dict;
  /**
   * Answers CHALLENGE.
   *
   * @throws ChallengeError when the challenge is malformed, too weak, or from the wrong router.
   */
  respond(extra: Dict): ClientAnswer | Promise<ClientAnswer>;
  /**
   * Checks `WELCOME.Details.authextra`: did the router prove that it knows the client? Absent for methods without such a
   * proof.
   */
  verify?(authextra: Dict): boolean;
}

/** A client refuses to answer CHALLENGE. */
export class ChallengeError extends Error {
  override readonly name = "ChallengeError";
}

/** @throws ChallengeError when the field is not a string. */
export function stringField(extra: Dict, field: string): string {
  const value = extra[field];
  if (typeof value !== "string") throw new ChallengeError(`CHALLENGE.Extra.${field}: expected a string`);
  return value;
}

/** @throws ChallengeError when the field is not an integer from `min` to `max`. */
export function integerField(extra: Dict, field: string, min = 1, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = extra[field];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const got = typeof value === "number" ? value : typeof value;
  throw new ChallengeError(`CHALLENGE.Extra.${field}: expected an integer from ${min} to ${max}, got ${got}`);
}
