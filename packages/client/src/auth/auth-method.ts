import type { Dict } from "@kreuz/codec";
import type { Link } from "../transport.js";

/** What a client sends in AUTHENTICATE. */
export interface Answer {
  readonly signature: string;
  readonly extra?: Dict;
}

/** One login: made anew each time that the session connects. */
export interface Exchange {
  /** For `HELLO.Details.authextra`. */
  readonly authextra?: Dict;
  /** Answers CHALLENGE. @throws when the challenge is malformed, too weak or too costly. */
  answer(extra: Dict): Answer | Promise<Answer>;
  /** Whether `WELCOME.Details.authextra` proves that the router knows this client; absent where it proves nothing. */
  verify?(authextra: Dict): boolean;
}

/** The client's side of an authentication method. */
export interface AuthMethod {
  /** For `HELLO.Details.authmethods`. */
  readonly authmethod: string;
  /** For `HELLO.Details.authid`. */
  readonly authid?: string;
  /** Begins a login over a link. */
  begin(link: Link): Exchange | Promise<Exchange>;
}

/** A secret, or a function that fetches it each time that it is needed. */
export type Secret = string | (() => string | Promise<string>);

/** The text of a secret. */
export async function textOf(secret: Secret): Promise<string> {
  return typeof secret === "string" ? secret : secret();
}

/** @throws TypeError unless the field is a string. */
export function textField(extra: Dict, name: string): string {
  const value = extra[name];
  if (typeof value === "string") return value;
  throw new TypeError(`CHALLENGE.Extra.${name}: expected a string`);
}

/** @throws RangeError unless the field is an integer from `min` to `max`. */
export function integerField(extra: Dict, name: string, min: number, max: number): number {
  const value = extra[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`CHALLENGE.Extra.${name}: expected an integer from ${min} to ${max}`);
}
