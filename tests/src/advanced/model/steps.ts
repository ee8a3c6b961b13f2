import type { CancelMode, InvocationPolicy } from "@kreuz/codec";
import fc from "fast-check";
import { FEATURES, type Feature } from "./test-network.js";

/** How a callee answers an invocation. The sealed ones are in Payload Passthru Mode. */
export type Answer = "result" | "progress" | "error" | "unavailable" | "sealed result" | "sealed progress";

/** How a peer leaves. */
export type Departure = "goodbye" | "lost" | "violation";

export interface CallStep {
  readonly do: "call";
  readonly who: number;
  readonly procedure: number;
  readonly progress: boolean;
  readonly receive_progress: boolean;
  readonly disclose_me: boolean;
  readonly sealed: boolean;
  readonly timeout: number;
  readonly rkey: string | undefined;
}

export interface RegisterStep {
  readonly do: "register";
  readonly who: number;
  readonly procedure: number;
  readonly concurrency: number;
  readonly forward_timeout: boolean;
  readonly disclose_caller: boolean;
}

/** One step of a schedule. Numbers pick one of what there is at that time, modulo their count. */
export type Step =
  | CallStep
  | RegisterStep
  | { readonly do: "join"; readonly features: ReadonlySet<Feature> }
  | { readonly do: "leave"; readonly who: number; readonly how: Departure }
  | { readonly do: "unregister"; readonly which: number }
  | { readonly do: "continue"; readonly which: number; readonly last: boolean }
  | { readonly do: "cancel"; readonly which: number; readonly mode: CancelMode | undefined }
  | { readonly do: "answer"; readonly which: number; readonly how: Answer }
  | { readonly do: "wait"; readonly ms: number };

/** Settings of one run. */
export interface Run {
  /** One procedure for each of these policies, named after it. */
  readonly procedures: readonly InvocationPolicy[];
  /** `Permit.maxCallTimeout` of every caller. */
  readonly ceiling: number | undefined;
  readonly queueLimit: number;
  readonly strictRequestIds: boolean;
}

export const POLICIES: readonly InvocationPolicy[] = ["single", "first", "last", "roundrobin", "random"];

const pick = fc.nat({ max: 1000 });
/** True one time in five, so that most calls reach a callee. */
const seldom = fc.integer({ min: 0, max: 4 }).map((value) => value === 0);
const features = fc
  .tuple(...FEATURES.map(() => fc.integer({ min: 0, max: 7 }).map((value) => value > 0)))
  .map((flags) => new Set(FEATURES.filter((_, index) => flags[index])));

const call = fc.record({
  do: fc.constant("call" as const),
  who: pick,
  procedure: pick,
  progress: seldom,
  receive_progress: fc.boolean(),
  disclose_me: seldom,
  sealed: seldom,
  timeout: fc.constantFrom(0, 0, 50, 100),
  rkey: fc.constantFrom(undefined, undefined, undefined, "a", "b"),
});
const register = fc.record({
  do: fc.constant("register" as const),
  who: pick,
  procedure: pick,
  concurrency: fc.constantFrom(0, 1, 1, 2),
  forward_timeout: seldom,
  disclose_caller: seldom,
});
const answer = fc.record({
  do: fc.constant("answer" as const),
  which: pick,
  how: fc.constantFrom<Answer[]>(
    "result",
    "result",
    "progress",
    "error",
    "unavailable",
    "unavailable",
    "sealed result",
    "sealed progress",
  ),
});

const join = fc.record({ do: fc.constant("join" as const), features });

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: call },
  { weight: 9, arbitrary: answer },
  { weight: 3, arbitrary: register },
  { weight: 2, arbitrary: join },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("cancel" as const),
      which: pick,
      mode: fc.constantFrom<(CancelMode | undefined)[]>(undefined, "skip", "kill", "killnowait"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("continue" as const), which: pick, last: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(10, 30, 60, 120) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unregister" as const), which: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("leave" as const),
      who: pick,
      how: fc.constantFrom<Departure[]>("goodbye", "lost", "violation"),
    }),
  },
);

export const run: fc.Arbitrary<Run> = fc.record({
  procedures: fc.subarray([...POLICIES], { minLength: 1, maxLength: 2 }),
  ceiling: fc.constantFrom(undefined, undefined, 70),
  queueLimit: fc.constantFrom(1, 2, 100),
  strictRequestIds: fc.boolean(),
});

/** A few peers and callees, so that calls can reach somebody from the start. */
export const opening: fc.Arbitrary<Step[]> = fc
  .tuple(fc.array(join, { minLength: 3, maxLength: 4 }), fc.array(register, { minLength: 2, maxLength: 4 }))
  .map(([joins, registers]) => [...joins, ...registers]);
