import type { ConsoleInfo } from "@kreuz/admin";
import type { MetricsSnapshot } from "@kreuz/metrics";
import type { Readiness } from "../admin/readiness.js";
import type { Endpoint } from "../run/open-transports.js";
import type { ReloadReport } from "../run/reloader.js";
import type { SentConfig, WorkerPlaces } from "./worker-config.js";

/** The variable that tells a process that it is a worker, and which one. */
export const WORKER_VARIABLE = "KREUZ_WORKER";

/** The name of a worker, and of the node that it is. */
export function workerName(number: number): string {
  return `worker-${number}`;
}

/** Where the referee of the workers listens, in their folder. */
export const REFEREE_SOCKET = "referee.sock";

/** What a worker is started with. */
export interface WorkerStart {
  readonly sent: SentConfig;
  readonly places: WorkerPlaces;
  /** How many workers there are. */
  readonly workers: number;
  readonly reloadable: boolean;
}

/** A worker that serves. */
export interface WorkerStarted {
  readonly endpoints: readonly Endpoint[];
  /** What the console is told; absent without a management realm. */
  readonly console?: { readonly info: ConsoleInfo; readonly token?: string };
}

/** What the primary process asks a worker. */
export type WorkerAnswers = {
  start(start: WorkerStart): Promise<WorkerStarted>;
  /** How it is; also a sign of life. */
  state(value: null): Readiness;
  metrics(value: null): Promise<MetricsSnapshot>;
  /** Does all of a reload that may fail. */
  prepare(sent: SentConfig): Promise<null>;
  /** Applies what was prepared. */
  apply(value: null): Promise<ReloadReport>;
  /** Drops what was prepared, or notes a config that could not be read. */
  refuse(value: null): null;
  drain(value: null): Promise<null>;
  /** Ends the process. */
  stop(value: null): Promise<null>;
  /** Opens the file of the log again. */
  reopen(value: null): null;
  /** Another worker has ended. */
  ended(value: { readonly node: string; readonly incarnation: number }): null;
};

/** What a worker asks the primary process. */
export type PrimaryAnswers = {
  /** The worker hears: what was sent before may be lost. */
  hears(value: null): null;
} & OperatorAnswers;

/** What it asks for an operator. */
export type OperatorAnswers = {
  reload(value: null): Promise<ReloadReport>;
  drain(value: null): null;
};
