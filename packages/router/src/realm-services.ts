import type { Clock } from "@kreuz/codec";
import type { RealmFabric } from "./fabric/fabric.js";
import type { EventHub } from "./plugin/event-hub.js";
import type { RealmEvents } from "./plugin/realm-events.js";
import type { RouterLimits } from "./limits.js";
import type { Logger } from "./logger.js";
import type { Metrics } from "./metrics.js";
import type { Random } from "./random.js";
import type { RealmStats } from "./stats/realm-stats.js";

/** What the parts of one realm share. Everything that tests replace comes in here. */
export interface RealmServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: RouterLimits;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly events: EventHub<RealmEvents>;
  /** What the realm counts. */
  readonly stats: RealmStats;
  /** What joins the realm with other nodes. Attached before the plugins are set up, then the same for good. */
  fabric: RealmFabric | undefined;
  /** The folder that relative paths in plugins' options refer to. */
  readonly baseDirectory?: string | undefined;
  /** Ask only callees that announced call canceling for progressive results, as the specification has it. */
  readonly strictProgressiveResults: boolean;
}
