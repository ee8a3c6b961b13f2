import type { Decision, DisclosePolicy } from "@kreuz/router";
import { findProblem, permitOf, type PermitOptions } from "./permit-options.js";

/**
 * What a dynamic authorizer returns: a boolean, or a dict as Crossbar's authorizers return it. Unknown keys are ignored.
 */
export type AuthorizerAnswer = boolean | AuthorizerDict;

/** The long form of an answer. */
export interface AuthorizerDict {
  readonly allow: boolean;
  /** `true` means `always`; `false`, like no value, means `on-request`. */
  readonly disclose?: boolean | DisclosePolicy | null | undefined;
  /** Whether the answer may be cached. Default `false`. */
  readonly cache?: boolean | null | undefined;
  readonly trustlevel?: number | null | undefined;
  /** Milliseconds. */
  readonly maxCallTimeout?: number | null | undefined;
  /** Whether a registration may take the procedure over with `force_reregister`. Default `false`. */
  readonly forceReregister?: boolean | null | undefined;
}

/** A well-formed answer. */
export interface ParsedAnswer {
  readonly decision: Decision;
  readonly cache: boolean;
}

/** Parses an answer. @throws TypeError when it is malformed; the action is then not allowed. */
export function parseAnswer(answer: unknown): ParsedAnswer {
  if (typeof answer === "boolean") return { decision: answer, cache: false };
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw new TypeError(`authorizer: expected a boolean or a dict, got ${kindOf(answer)}`);
  const { allow, disclose, cache, trustlevel, maxCallTimeout, forceReregister } = answer as Readonly<
    Record<string, unknown>
  >;
  if (typeof allow !== "boolean") throw new TypeError(`authorizer: allow: expected a boolean, got ${kindOf(allow)}`);
  if (typeof (cache ?? false) !== "boolean")
    throw new TypeError(`authorizer: cache: expected a boolean, got ${kindOf(cache)}`);
  if (typeof (forceReregister ?? false) !== "boolean")
    throw new TypeError(`authorizer: forceReregister: expected a boolean, got ${kindOf(forceReregister)}`);
  if (!allow) return { decision: false, cache: cache === true };
  const options = {
    disclose: disclosePolicyOf(disclose),
    trustlevel: trustlevel ?? undefined,
    maxCallTimeout: maxCallTimeout ?? undefined,
  };
  const problem = findProblem(options);
  if (problem !== undefined) throw new TypeError(`authorizer: ${problem[0]}: ${problem[1]}`);
  const decision = permitOf(options as PermitOptions);
  if (forceReregister !== true) return { decision, cache: cache === true };
  const terms = typeof decision === "object" ? decision : {};
  return { decision: { ...terms, allow: true, forceReregister }, cache: cache === true };
}

function disclosePolicyOf(disclose: unknown): unknown {
  if (disclose === true) return "always";
  return disclose === false || disclose === null ? undefined : disclose;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
