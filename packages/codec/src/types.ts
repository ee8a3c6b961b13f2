/** A WAMP URI: dot-separated components, see `isUri` (spec: "URIs"). */
export type Uri = string;

/** A WAMP id: an integer from 1 to 2^53, both included (spec: "IDs"). */
export type Id = number;

/** A dictionary as it travels: options, details, keyword arguments. */
export type Dict = Readonly<Record<string, unknown>>;

/** How the URI of a subscription or registration is compared with a concrete URI. */
export type MatchPolicy = "exact" | "prefix" | "wildcard";

/** How a shared registration picks a callee (spec: "Shared Registration"). */
export type InvocationPolicy = "single" | "first" | "last" | "roundrobin" | "random";

/** How a call is cancelled (spec: "Call Canceling"). */
export type CancelMode = "skip" | "kill" | "killnowait";
