import type { MatchPolicy, Uri } from "@kreuz/codec";

/** The realm of a test that is not about realms. */
export const REALM: Uri = "com.example.realm";
/** The topic of a test that is not about topics. */
export const TOPIC: Uri = "com.example.topic";
/** The procedure of a test that is not about procedures. */
export const PROCEDURE: Uri = "com.example.procedure";
/** The error of a callee that fails. */
export const FAILURE: Uri = "com.example.error.failure";

export const MATCH_POLICIES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];
