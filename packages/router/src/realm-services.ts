import type { Clock } from "@kreuz/codec";
import type { EventHub } from "./plugin/event-hub.js";
import type { RouterLimits } from "./limits.js";
import type { Logger } from "./logger.js";
import type { Metrics } from "./metrics.js";
import type { Random } from "./random.js";

/** What broker and dealer share in one realm; everything that tests replace comes in here. */
export interface RealmServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: RouterLimits;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly events: EventHub;
  /** Promise progressive results only to callees that announced call canceling, as the specification has it. */
  readonly strictProgressiveResults: boolean;
  /** Take progressive invocations only from callers that announced them, as the specification has it. */
  readonly strictProgressiveInvocations: boolean;
}
