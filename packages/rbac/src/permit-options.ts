import type { Decision, Permit } from "@kreuz/router";

/** The terms under which a rule allows calls and publications; for subscriptions and registrations they mean nothing. */
export type Terms = Omit<Permit, "allow">;

/** Permission under some terms; `true` where there are none. */
export function permitOf({
  disclose,
  trustlevel,
  maxCallTimeout,
}: { readonly [K in keyof Terms]: Terms[K] | undefined }): Decision {
  if (disclose === undefined && trustlevel === undefined && maxCallTimeout === undefined) return true;
  return Object.freeze({
    allow: true,
    ...(disclose === undefined ? {} : { disclose }),
    ...(trustlevel === undefined ? {} : { trustlevel }),
    ...(maxCallTimeout === undefined ? {} : { maxCallTimeout }),
  });
}

const POLICIES: readonly unknown[] = ["on-request", "always", "never"];
/** The platform's timers hold no more milliseconds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** What is wrong with terms, whoever wrote them: name of the setting and words. `undefined` when nothing is. */
export function wrongTerm(terms: { readonly [K in keyof Terms]?: unknown }): readonly [string, string] | undefined {
  const { disclose, trustlevel, maxCallTimeout } = terms;
  if (disclose !== undefined && !POLICIES.includes(disclose))
    return ["disclose", `expected on-request, always or never, got ${String(disclose)}`];
  if (trustlevel !== undefined && !isInteger(trustlevel, 0, Number.MAX_SAFE_INTEGER))
    return ["trustlevel", `expected a whole number, 0 or more, got ${String(trustlevel)}`];
  if (maxCallTimeout !== undefined && !isInteger(maxCallTimeout, 1, LONGEST_TIMEOUT))
    return ["maxCallTimeout", `expected milliseconds from 1 to ${LONGEST_TIMEOUT}, got ${String(maxCallTimeout)}`];
  return undefined;
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}
