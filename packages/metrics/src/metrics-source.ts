import type { Budget, ListenerCounts } from "@kreuz/codec";
import type { Router } from "@kreuz/router";
import type { UriGroups } from "./uri-groups.js";

/** A listener of clients. */
export interface ListenerSource {
  /** The value of the label `listener`. */
  readonly name: string;
  readonly stats: ListenerCounts;
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
