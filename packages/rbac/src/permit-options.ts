import type { Decision, Permit } from "@kreuz/router";

/** What a rule adds to the calls and publications that it allows. Subscriptions and registrations ignore it. */
export type PermitOptions = Omit<Permit, "allow" | "forceReregister">;

/** The decision that allows an action with these options: `true` when there are none. */
export function permitOf(options: { readonly [K in keyof PermitOptions]: PermitOptions[K] | undefined }): Decision {
  const { disclose, trustlevel, maxCallTimeout } = options;
  if (disclose === undefined && trustlevel === undefined && maxCallTimeout === undefined) return true;
  return Object.freeze({
    allow: true,
    ...(disclose === undefined ? {} : { disclose }),
    ...(trustlevel === undefined ? {} : { trustlevel }),
    ...(maxCallTimeout === undefined ? {} : { maxCallTimeout }),
  });
}

const POLICIES: readonly unknown[] = ["on-request", "always", "never"];
/** The longest delay of the platform's timers, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Checks options that come from a config or an authorizer. @returns the name of the wrong option and the problem. */
export function findProblem(options: { readonly [K in keyof PermitOptions]?: unknown }):
  | readonly [name: string, problem: string]
  | undefined {
  const { disclose, trustlevel, maxCallTimeout } = options;
  if (disclose !== undefined && !POLICIES.includes(disclose))
    return ["disclose", `expected on-request, always or never, got ${String(disclose)}`];
  if (trustlevel !== undefined && !isInteger(trustlevel, 0, Number.MAX_SAFE_INTEGER))
    return ["trustlevel", `expected an integer of at least 0, got ${String(trustlevel)}`];
  if (maxCallTimeout !== undefined && !isInteger(maxCallTimeout, 1, MAX_TIMEOUT))
    return ["maxCallTimeout", `expected milliseconds from 1 to ${MAX_TIMEOUT}, got ${String(maxCallTimeout)}`];
  return undefined;
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}
