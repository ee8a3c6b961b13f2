import type { Dict } from "@kreuz/codec";

/** What a client sends in AUTHENTICATE. */
export interface ClientAnswer {
  readonly signature: string;
  readonly extra: Dict;
}

/** The client's side of one authentication method, for one handshake. */
export interface ClientMethod {
  /** For `HELLO.Details.authmethods`. */
  readonly authmethod: string;
  /** For `HELLO.Details.authextra`. */
  readonly authextra: Dict;
  /**
   * Answers CHALLENGE.
   * @throws ChallengeError when the router asks for something that a client better does not do.
   */
  respond(extra: Dict): ClientAnswer | Promise<ClientAnswer>;
  /**
   * Checks `WELCOME.Details.authextra`: whether the router proved that it knows the client too. Absent where the method
   * has no such proof.
   */
  verify?(authextra: Dict): boolean;
}

/** A CHALLENGE that a client does not answer: broken, too weak, or not from the router that it wants to talk to. */
export class ChallengeError extends Error {
  override readonly name = "ChallengeError";
}

/** @throws ChallengeError when the field is no string. */
export function textOf(extra: Dict, field: string): string {
  const value = extra[field];
  if (typeof value !== "string") throw new ChallengeError(`CHALLENGE.Extra.${field}: expected a string`);
  return value;
}

/** @throws ChallengeError when the field is no positive integer. */
export function countOf(extra: Dict, field: string): number {
  const value = extra[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1)
    throw new ChallengeError(`CHALLENGE.Extra.${field}: expected a positive integer`);
  return value;
}
