import type { Dict, MatchPolicy, Uri } from "@kreuz/codec";
import type { Permit } from "./permit.js";
import type { SessionInfo } from "../session/session-info.js";

export type ActionType = "call" | "register" | "subscribe" | "publish";

/** What a session asks to do. */
export interface Action {
  readonly type: ActionType;
  readonly uri: Uri;
  /**
   * The policy of the subscription or registration, `exact` for calls and publications. It is part of the question: a
   * `prefix` subscription reaches further than its URI.
   */
  readonly match: MatchPolicy;
  /** Of the request, as it came; absent when there is none, such as when permissions are looked at again. */
  readonly options?: Dict;
}

/** `false` becomes `wamp.error.not_authorized`; `true` allows under the default terms. */
export type Decision = boolean | Permit;

/**
 * Decides what sessions may do in a realm. A Promise holds back that one session's messages, in order, until it
 * settles; other sessions go on. A failure denies with `wamp.error.authorization_failed`.
 */
export interface Authorizer {
  authorize(session: SessionInfo, action: Action): Decision | Promise<Decision>;
}

/** Allows everything, meta procedures such as `wamp.session.kill` included: for development and trusted networks. */
export const allowAll: Authorizer = { authorize: () => true };

/** Allows nothing. */
export const denyAll: Authorizer = { authorize: () => false };

/** Allows or denies everything by the session's role; roles that are not named are denied. */
export function authorizeByRole(roles: Readonly<Record<string, "allow" | "deny">>): Authorizer {
  const allowed = new Set(Object.keys(roles).filter((role) => roles[role] === "allow"));
  return { authorize: (session) => allowed.has(session.authrole) };
}
