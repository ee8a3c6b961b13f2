import type { z } from "zod";
import type { AuthorizerConfig } from "./config.js";
import { milliseconds, section, text } from "./fields.js";

/** A WAMP procedure that decides, with the arguments and results of Crossbar's dynamic authorizers. */
export const authorizer: z.ZodType<AuthorizerConfig> = section({
  procedure: text("the URI of a procedure").describe(
    "Procedure that decides: called with session details, URI, action and options; answers true, false, or a dict with allow, disclose and cache.",
  ),
  realm: text("the URI of a realm").optional().describe("Realm where the procedure is; by default this one."),
  timeoutMs: milliseconds().default(5000).describe("Time for its answer; without one the action is denied."),
  cacheTtlMs: milliseconds().default(60_000).describe("Time that an answer is kept which says that it may be."),
});
