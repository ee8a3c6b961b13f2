import type { Dict, MatchPolicy, Uri } from "@kreuz/codec";
import type { SessionInfo } from "../session/session-info.js";

export type ActionType = "call" | "register" | "subscribe" | "publish";

/** What a session asks to do. */
export interface Action {
  readonly type: ActionType;
  readonly uri: Uri;
  /**
   * The match policy of the subscription or registration; `exact` for calls and publications. A `prefix` subscription
   * reaches further than its URI, so the policy is part of the question.
   */
  readonly match: MatchPolicy;
  /** The options of the request, as received; absent when permissions are checked again. */
  readonly options?: Dict;
}

/**
 * Whether a peer's identity is disclosed to the other side: on request (`disclose_me`, or the callee's
 * `disclose_caller`), always, or never (spec: "Caller Identification", "Publisher Identification").
 */
export type DisclosePolicy = "on-request" | "always" | "never";

/** Permission to act, and its terms. */
export interface Permit {
  readonly allow: true;
  /** Default `on-request`. With `never`, `disclose_me` fails with `wamp.error.option_disallowed.disclose_me`. */
  readonly disclose?: DisclosePolicy;
  /** Sent as `trustlevel`; 0 is the lowest (spec: "Call Trust Levels", "Publication Trust Levels"). */
  readonly trustlevel?: number;
  /** Maximum duration of a call in milliseconds: caps its `timeout`, and replaces a missing one. */
  readonly maxCallTimeout?: number;
  /**
   * Whether a registration with `force_reregister` may evict the callees of other sessions. Default `false`: such a
   * registration fails with `wamp.error.not_authorized`.
   */
  readonly forceReregister?: boolean;
}

/** Permission on the default terms. */
export const ALLOWED: Permit = Object.freeze({ allow: true });

/** Permission to register, and to take the procedures of others over. */
export const ALLOWED_TO_FORCE: Permit = Object.freeze({ allow: true, forceReregister: true });

/** `true` allows on the default terms; `false` becomes `wamp.error.not_authorized`. */
export type Decision = boolean | Permit;

/**
 * Decides what sessions may do in a realm. A Promise holds back that one session's messages, in order, until it
 * settles; other sessions go on. A failure denies with `wamp.error.authorization_failed`.
 */
export interface Authorizer {
  /**
   * Names the rules that it decides by: the same text for the same rules. Nodes of a cluster whose rules differ say so. Default:
   * nothing is compared.
   */
  readonly rules?: string;
  authorize(session: SessionInfo, action: Action): Decision | Promise<Decision>;
}

/**
 * Allows everything, meta procedures such as `wamp.session.kill` and `force_reregister` included: for development and
 * trusted networks.
 */
export const allowAll: Authorizer = { authorize: (_session, { type }) => everything(type) };

/** Allows nothing. */
export const denyAll: Authorizer = { authorize: () => false };

/**
 * Allows or denies everything, `force_reregister` included, by the session's role; roles that are not listed are denied.
 */
export function authorizeByRole(roles: Readonly<Record<string, "allow" | "deny">>): Authorizer {
  const allowed = new Set(Object.keys(roles).filter((role) => roles[role] === "allow"));
  return { authorize: (session, { type }) => allowed.has(session.authrole) && everything(type) };
}

function everything(type: ActionType): Decision {
  return type === "register" ? ALLOWED_TO_FORCE : true;
}
