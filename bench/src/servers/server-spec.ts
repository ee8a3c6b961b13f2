import type { ServerCommand } from "./server-process.js";

/** How messages get to a server. */
export type TransportName = "websocket" | "rawsocket";
/** The codecs that the benchmark speaks. */
export type CodecName = "json" | "msgpack" | "cbor";

/** All that the benchmark speaks, as most servers do. */
export const ALL_MEDIA = { codecs: ["json", "msgpack", "cbor"], transports: ["websocket", "rawsocket"] } as const;

/** A server that the benchmark can put a load on: Kreuz, the relay that is the limit, or a peer. */
export interface Contestant {
  /** As results and charts call it, for instance `nexus`. */
  readonly name: string;
  readonly version: string;
  readonly codecs: readonly CodecName[];
  readonly transports: readonly TransportName[];
  /** False for the relay: it forwards frames and knows nothing of sessions. */
  readonly wamp: boolean;
  /** Whether its sessions can subscribe to `wamp.session.on_join`, and call `wamp.session.count`, `list` and `get`. */
  readonly sessionMeta: boolean;
  /** Whether a second core would help it: a runtime with threads of its own. */
  readonly usesCores: boolean;
  /** Whether it tells the size of its heap when it gets SIGUSR2. */
  readonly reportsHeap?: boolean;
  /** What is started, once its ports are known. */
  command(ports: Ports): ServerCommand;
}

/** Where a server is to listen, on 127.0.0.1. WebSocket is at the path `/ws`, the realm's name is `realm1`. */
export interface Ports {
  readonly websocket: number;
  readonly rawsocket: number;
}
