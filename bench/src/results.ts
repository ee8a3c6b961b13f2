import type { Machine } from "./machine.js";
import type { CodecName, TransportName } from "./servers/server-spec.js";

/** One run of the benchmark: the contents of `bench/results/results.json`. */
export interface Results {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Number of rounds; each figure is their median. */
  readonly rounds: number;
  readonly servers: readonly ServerEntry[];
  readonly skipped: readonly SkippedServer[];
  readonly messages: readonly MessageResult[];
  readonly joins: readonly JoinResult[];
  readonly idle: readonly IdleResult[];
  readonly churn: readonly ChurnResult[];
}

export interface ServerEntry {
  /** The server's name, followed by ` (2 cores)` if it was not pinned to one. */
  readonly name: string;
  readonly version: string;
}

/** A server that was not measured, or not in one scenario. */
export interface SkippedServer {
  readonly name: string;
  readonly reason: string;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** One scenario with one payload size, codec and transport on one server. */
export interface MessageResult {
  readonly server: string;
  /** Such as `RPC 8×16` (callers × calls in flight per caller) or `fan-out 1→100`. */
  readonly scenario: string;
  readonly unit: "call" | "event";
  /** Application payload of each message, in bytes. */
  readonly bytes: number;
  readonly codec: CodecName;
  readonly transport: TransportName;
  /** At saturation. */
  readonly messagesPerSecond: number;
  /** CPU time of the server per message at saturation, in microseconds. */
  readonly microsecondsPerMessage: number;
  /** Time from when a message was due until its answer, at half of that rate. Absent if not measured. */
  readonly latency?: Latency;
  /** Resident memory after the load, in bytes. */
  readonly memory: number;
}

/** Sessions that join as fast as possible, each `on_join` delivered to one subscriber. */
export interface JoinResult {
  readonly server: string;
  readonly joinsPerSecond: number;
  readonly microsecondsPerJoin: number;
}

/** Sessions that have joined and do nothing. */
export interface IdleResult {
  readonly server: string;
  readonly sessions: number;
  /** Resident memory per session. */
  readonly bytesPerSession: number;
  /** Heap per session after a garbage collection. Absent if the server does not report it. */
  readonly heapPerSession?: number;
}

/** Calls of the session meta API while sessions join and leave, with 100 subscribers of `on_join`. */
export interface ChurnResult {
  readonly server: string;
  /** Joins that were achieved. */
  readonly joinsPerSecond: number;
  /** `on_join` events that arrived at all subscribers together. */
  readonly eventsPerSecond: number;
  /** Time from call to result, by procedure. */
  readonly latency: Readonly<Record<"count" | "list" | "get", Latency>>;
  /** Cores that the server used: 1 for one core at full load. */
  readonly cpu: number;
}
