import { ALL_CORES, SERVER_CORE, type Usage } from "../machine.js";

/** Transports that the benchmark supports; `tls` and `deflate` are WebSockets with TLS and with permessage-deflate. */
export type TransportName = "websocket" | "rawsocket" | "tls" | "deflate";
/** Codecs that the benchmark supports. */
export type CodecName = "json" | "msgpack" | "cbor";

/** All transports and codecs of the benchmark; most servers support them. */
export const ALL_PROTOCOLS = { codecs: ["json", "msgpack", "cbor"], transports: ["websocket", "rawsocket"] } as const;

/** All transports. Only the router and the relay have those with TLS and permessage-deflate. */
export const OWN_TRANSPORTS: readonly TransportName[] = ["websocket", "rawsocket", "tls", "deflate"];

/** A server that can be benchmarked: Kreuz, the relay, or another router. */
export interface ServerSpec {
  /** Name in results and charts, such as `nexus`. */
  readonly name: string;
  readonly version: string;
  readonly codecs: readonly CodecName[];
  readonly transports: readonly TransportName[];
  /** False for the relay, which forwards frames and has no sessions. */
  readonly wamp: boolean;
  /** Whether it has `wamp.session.on_join`, and `wamp.session.count`, `list` and `get`. */
  readonly sessionMeta: boolean;
  /** Whether its runtime can use several cores. */
  readonly multiCore: boolean;
  /** Whether it prints the size of its heap at SIGUSR2. */
  readonly reportsHeap?: boolean;
  /** Returns the command that starts it on the given ports. */
  command(ports: Ports): ServerCommand;
}

/** Ports of a server on 127.0.0.1. WebSocket has the path `/ws`; the realm is `realm1`. */
export type Ports = Readonly<Record<TransportName, number>>;

/** A server that runs: one process, or several nodes. */
export interface Server {
  readonly spec: ServerSpec;
  /** @param client - such as `callee/3`. */
  portsFor(client: string): Ports;
  /** CPU time and memory of all its processes. */
  usage(): Usage;
}

/** A program and its arguments, as `spawn` takes them. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server and the cores that it runs on. */
export interface Target {
  /** The server's name, followed by ` (2 cores)` if it is not pinned to one. */
  readonly name: string;
  readonly version: string;
  readonly spec: ServerSpec;
  readonly cores: string;
}

/** Returns each server on one core, and multi-core servers on all cores as well. */
export function targetsOf(specs: readonly ServerSpec[]): Target[] {
  return specs.flatMap((spec) => {
    const { name, version, multiCore } = spec;
    const pinned: Target = { name, version, spec, cores: SERVER_CORE };
    return multiCore ? [pinned, { name: `${name} (2 cores)`, version, spec, cores: ALL_CORES }] : [pinned];
  });
}
