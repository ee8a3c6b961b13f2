import type { Decision, DisclosePolicy } from "@kreuz/router";
import { permitOf, type Terms, wrongTerm } from "./permit-options.js";

/**
 * What a dynamic authorizer answers: yes or no, or a dict as Crossbar's authorizers give it. Keys that are not here are
 * ignored.
 */
export type AuthorizerAnswer = boolean | AuthorizerDict;

/** The long form of an answer. */
export interface AuthorizerDict {
  readonly allow: boolean;
  /** `true` is `always`, `false` what the peers ask for, as if it were not there. */
  readonly disclose?: boolean | DisclosePolicy | null | undefined;
  /** The answer may be given again without asking, for a time. Default false. */
  readonly cache?: boolean | null | undefined;
  readonly trustlevel?: number | null | undefined;
  /** Milliseconds. */
  readonly maxCallTimeout?: number | null | undefined;
}

/** An answer that was understood. */
export interface Understood {
  readonly decision: Decision;
  readonly cache: boolean;
}

/** @throws TypeError for an answer that is none: whoever cannot be understood has not allowed. */
export function understand(answer: unknown): Understood {
  if (typeof answer === "boolean") return { decision: answer, cache: false };
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw new TypeError(`the authorizer answered with ${kindOf(answer)}, not with a boolean or a dict`);
  const { allow, disclose, cache = false, trustlevel, maxCallTimeout } = answer as Readonly<Record<string, unknown>>;
  if (typeof allow !== "boolean") throw new TypeError(`allow: expected a boolean, got ${kindOf(allow)}`);
  if (typeof (cache ?? false) !== "boolean") throw new TypeError(`cache: expected a boolean, got ${kindOf(cache)}`);
  if (!allow) return { decision: false, cache: cache === true };
  const terms = {
    disclose: policyOf(disclose),
    trustlevel: trustlevel ?? undefined,
    maxCallTimeout: maxCallTimeout ?? undefined,
  };
  const wrong = wrongTerm(terms);
  if (wrong !== undefined) throw new TypeError(`${wrong[0]}: ${wrong[1]}`);
  return { decision: permitOf(terms as Terms), cache: cache === true };
}

function policyOf(disclose: unknown): unknown {
  if (disclose === true) return "always";
  return disclose === false || disclose === null ? undefined : disclose;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
