import type { CodecName, TransportName } from "./servers/server-spec.js";

/** One run of the benchmark, as it is written to `bench/results/*.json`. */
export interface Results {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Rounds that each figure is the median of. */
  readonly rounds: number;
  readonly servers: readonly ServerEntry[];
  /** Peers that could not be measured, and why. */
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly reason: string }>;
  readonly messages: readonly MessageResult[];
  readonly joins: readonly JoinResult[];
  readonly idle: readonly IdleResult[];
  readonly churn: readonly ChurnResult[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** Kernel and its version. */
  readonly system: string;
  readonly node: string;
  /** Whether servers and generator had cores of their own. */
  readonly pinned: boolean;
}

export interface ServerEntry {
  /** The contestant's name; with ` (2 cores)` behind it when it was not pinned to one. */
  readonly name: string;
  readonly version: string;
}

/** RPC or fan-out of one shape, size, codec and transport on one server. */
export interface MessageResult {
  readonly server: string;
  /** For instance `RPC 8×16` (callers × calls in flight each) or `fan-out 1→100`. */
  readonly scenario: string;
  readonly unit: "call" | "event";
  /** Bytes of application payload in each message. */
  readonly bytes: number;
  readonly codec: CodecName;
  readonly transport: TransportName;
  /** At saturation. */
  readonly messagesPerSecond: number;
  /** CPU of the server in microseconds, at saturation. */
  readonly microsecondsPerMessage: number;
  /** Milliseconds from when a message was due to its answer, at half of that rate; absent where it was not measured. */
  readonly latency?: { readonly p50: number; readonly p99: number };
  /** Bytes resident after the load. */
  readonly memory: number;
}

/** Sessions that join one after the other, each `on_join` delivered to one subscriber. */
export interface JoinResult {
  readonly server: string;
  readonly joinsPerSecond: number;
  readonly microsecondsPerJoin: number;
}

/** Sessions that have joined and do nothing. */
export interface IdleResult {
  readonly server: string;
  readonly sessions: number;
  /** Resident bytes for each of them. */
  readonly bytesPerSession: number;
  /** Bytes of these on the heap of the language, after a collection; where the server can tell. */
  readonly heapPerSession?: number;
}

/** Calls of the session meta API while sessions come and go and 100 subscribers hear of each that joins. */
export interface ChurnResult {
  readonly server: string;
  /** What really came and went. */
  readonly joinsPerSecond: number;
  /** `on_join` events that arrived, of all subscribers together. */
  readonly eventsPerSecond: number;
  /** Milliseconds from call to result, of each procedure. */
  readonly latency: Readonly<Record<"count" | "list" | "get", { readonly p50: number; readonly p99: number }>>;
  /** Share of one core that the server used, 0 to 1 for each core. */
  readonly cpu: number;
}
