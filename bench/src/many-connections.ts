import { json } from "@kreuz/codec/json";
import { sharedCallee } from "./loads/rpc.js";
import { withServer } from "./servers/server-process.js";
import type { Target } from "./servers/server-spec.js";
import { percentiles } from "./statistics.js";

/** With their callee, as many connections as a listener of Kreuz accepts by default. */
const CALLERS = 9999;
const SECONDS = 5;
const BYTES = 64;

/** A server with very many connections that each make a call of 64 bytes a second. */
export interface ManyConnectionsResult {
  readonly connections: number;
  /** Cores that the server used: 1 for one core at full load. */
  readonly cpu: number;
  /** Time of a call, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export function manyConnections(target: Target): Promise<ManyConnectionsResult> {
  return withServer(target, async (server) => {
    const load = await sharedCallee(CALLERS, 1).open(server, { transport: "websocket", codec: json });
    await load.pace(BYTES, CALLERS, 1000);
    const [before, began] = [server.usage(), performance.now()];
    const latencies = await load.pace(BYTES, CALLERS, SECONDS * 1000);
    const microseconds = server.usage().cpu - before.cpu;
    const elapsed = performance.now() - began;
    load.close();
    return { connections: CALLERS + 1, cpu: microseconds / 1000 / elapsed, ...percentiles(latencies) };
  });
}
