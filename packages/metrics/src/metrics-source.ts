import type { Budget } from "@kreuz/codec";
import type { Router } from "@kreuz/router";
import type { UriGroups } from "./uri-groups.js";

/** A listener as `@kreuz/transport-node` counts it. */
export interface ListenerSource {
  /** The value of the label `listener`. */
  readonly name: string;
  readonly stats: ListenerNumbers;
}

/** The numbers of a listener: `ListenerStats` of `@kreuz/transport-node` has them. */
export interface ListenerNumbers {
  readonly opened: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly outboxBytes: number;
  /** Bytes charged to the connections. */
  readonly chargedBytes: number;
  readonly slowConnections: number;
  readonly open: Iterable<{ readonly transport: string; readonly codec: string; readonly count: number }>;
  /** Brings the numbers up to date that are looked up. */
  refresh(): Promise<void>;
}

/** What has happened to the config since the start. */
export interface ReloadCounts {
  readonly ok: number;
  readonly refused: number;
  /** Seconds since the Unix epoch; the start counts as a success. */
  readonly lastSuccess: number;
}

/** Where the metrics come from. */
export interface MetricsSource {
  readonly router: Pick<Router, "realms" | "stats" | "pluginMetrics">;
  readonly listeners: readonly ListenerSource[];
  /** What the clients of all listeners make the process hold. */
  readonly budget: Pick<Budget, "bytes" | "pieces" | "maxBytes">;
  /** How often each limit was reached. Every limit is there from the start. */
  limits(): Iterable<readonly [limit: string, times: number]>;
  readonly version: string;
  /** Whether clients can be sent here. */
  ready(): boolean;
  readonly reloads: ReloadCounts;
  /** Absent: nothing is counted by groups of URIs, and their metrics do not exist. */
  readonly groups?: UriGroups | undefined;
}
