import type { AdminRole, Match } from "./contract.js";
import { ADMIN_TOPICS } from "./contract.js";

/** A permission of a role in the management realm. */
export interface AdminPermission {
  readonly uri: string;
  readonly match: Match;
  readonly allow: "call" | "subscribe";
}

const VIEWER: readonly AdminPermission[] = [
  { uri: "kreuz.get.", match: "prefix", allow: "call" },
  { uri: ADMIN_TOPICS.stats, match: "exact", allow: "subscribe" },
  { uri: ADMIN_TOPICS.log, match: "exact", allow: "subscribe" },
];

/** What each role may do in the management realm, for the authorizer of the realm. */
export const ADMIN_PERMISSIONS: Readonly<Record<AdminRole, readonly AdminPermission[]>> = {
  viewer: VIEWER,
  operator: [
    ...VIEWER,
    { uri: "kreuz.do.", match: "prefix", allow: "call" },
    { uri: ADMIN_TOPICS.tail, match: "prefix", allow: "subscribe" },
  ],
};
