import type { Dict } from "@kreuz/codec";

// W3C Trace Context in the options of CALL, PUBLISH and YIELD, so that what one request causes can be followed from client to
// client. The names are implementation-specific ones as the specification allows them; any client can send them. The router
// makes no spans and passes on only what is well-formed.

const PARENT = "_traceparent";
const STATE = "_tracestate";

/** Version 00, and what later versions begin with; neither id is all zeros. */
const WELL_FORMED_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const MAX_STATE_LENGTH = 512;
const MAX_STATE_MEMBERS = 32;
/** A key, of one vendor or of a tenant of one, and a value of printable ASCII without comma and equals sign. */
const STATE_MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** Copies a well-formed `_traceparent` from `options` to `details`, and the `_tracestate` that belongs to it. */
export function copyTraceContext(options: Dict, details: Record<string, unknown>): void {
  const parent = options[PARENT];
  if (typeof parent !== "string" || !WELL_FORMED_PARENT.test(parent)) return;
  details[PARENT] = parent;
  const state = options[STATE];
  if (typeof state === "string" && isTraceState(state)) details[STATE] = state;
}

/** Whether it is a list of members as the W3C recommendation has it. Empty members are allowed, a key only once. */
function isTraceState(state: string): boolean {
  if (state.length === 0 || state.length > MAX_STATE_LENGTH) return false;
  const members = state
    .split(",")
    .map((member) => member.replaceAll(/^[\t ]+|[\t ]+$/g, ""))
    .filter((member) => member !== "");
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf("="))));
  return (
    members.length > 0 &&
    members.length <= MAX_STATE_MEMBERS &&
    keys.size === members.length &&
    members.every((member) => STATE_MEMBER.test(member))
  );
}
