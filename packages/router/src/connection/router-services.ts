import type { Budget, Clock, Uri } from "@kreuz/codec";
import type { RouterLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Random } from "../random.js";
import type { Realm } from "../realm/realm.js";
import type { Departure } from "../session/session-info.js";
import type { RealmStats } from "../stats/realm-stats.js";

/** What happens to a client that reads its events too slowly: it misses some, or it is disconnected. */
export type SlowConsumerPolicy = "drop" | "disconnect";

/**
 * How a stopping router takes leave of its clients. `close`: it closes their transports as going away, and they reconnect.
 * `goodbye`: it sends GOODBYE `wamp.close.system_shutdown`, as the specification has it; Autobahn|JS and Wampy do not
 * reconnect after that.
 */
export type Farewell = "close" | "goodbye";

/** An open connection, as far as the router needs it: to end it when the router stops. */
export interface OpenConnection {
  shutdown(departure: Departure, farewell: Farewell): void;
}

/** What all connections of one router share. */
export interface RouterServices {
  /** Those that clients can join. */
  readonly realms: Pick<ReadonlyMap<Uri, Realm>, "get">;
  readonly connections: Set<OpenConnection>;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: RouterLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Counts what belongs to no realm: connections that have not named an existing one. */
  readonly stats: RealmStats;
  readonly slowConsumer: SlowConsumerPolicy;
  readonly baseDirectory?: string | undefined;
  readonly strictRequestIds: boolean;
  readonly strictProgressiveResults: boolean;
  readonly strictProgressiveInvocations: boolean;
  /** Sent as `WELCOME.Details.agent`. */
  readonly agent: string;
}
