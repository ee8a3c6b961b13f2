/**
 * Whether a peer's identity goes to the other side: when it asks for it (`disclose_me`) or the callee does
 * (`disclose_caller`), always, or never (spec: "Caller Identification", "Publisher Identification").
 */
export type DisclosePolicy = "on-request" | "always" | "never";

/** Permission to act, and under which terms. */
export interface Permit {
  readonly allow: true;
  /** Default `on-request`. Asking where it is `never` fails with `wamp.error.option_disallowed.disclose_me`. */
  readonly disclose?: DisclosePolicy;
  /** Goes out as `trustlevel`: 0 is the lowest (spec: "Call Trust Levels", "Publication Trust Levels"). */
  readonly trustlevel?: number;
  /** Most milliseconds that a call may take: caps its `timeout`, and stands in for one that has none. */
  readonly maxCallTimeout?: number;
}

/** Permission under the default terms. */
export const ALLOWED: Permit = Object.freeze({ allow: true });
