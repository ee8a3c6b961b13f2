import type { ListenerCounts } from "@kreuz/codec";
import type { Router } from "@kreuz/router";
import type { ProcessStats, Reloaded } from "./contract.js";
import type { OperatorLog } from "./operator-log.js";

/** The router that is shown and steered, and what it does not know of itself. */
export interface AdminSource {
  readonly router: Pick<Router, "realms" | "counts" | "stats" | "inspect" | "connect">;
  readonly version: string;
  readonly process: {
    /** Version of Node.js. */
    readonly node: string;
    readonly host: string;
    readonly pid: number;
    /** Milliseconds since the Unix epoch. */
    readonly started: number;
    /** Reads what the process uses now. */
    stats(): ProcessStats;
  };
  /** Whether clients can be sent here, and if not, why. */
  readiness(): { readonly ready: boolean; readonly because: readonly string[] };
  /** What works, and should be mended nevertheless, in sentences. Absent: nothing. */
  warnings?(): readonly string[];
  /** The listeners of clients. */
  listeners(): Iterable<AdminListener>;
  /** How often each limit was reached. */
  limits(): Iterable<readonly [limit: string, times: number]>;
  /** The lines that operators see; it also gets what they did. */
  readonly log: OperatorLog;
  /** Begins to send all clients away, as SIGUSR2 does. */
  drain(): void;
  /** Reads the config again. @throws Error with the problem. Absent: there is none. */
  reload?(): Promise<Reloaded>;
}

/** A listener of clients. */
export interface AdminListener {
  readonly name: string;
  readonly url: string;
  readonly stats: ListenerCounts;
}
