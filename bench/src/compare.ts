import type { Protocol } from "./generator/load-socket.js";
import type { Load, Scenario } from "./loads/load.js";
import { SERVER_CORE } from "./machine.js";
import { medians, saturate, warmUp, type Saturation } from "./measure.js";
import { kreuz, plainRelay, relay } from "./servers/own-servers.js";
import { ServerProcess } from "./servers/server-process.js";
import { median } from "./statistics.js";

const MAX_WARM_UP_MS = 6000;

/** The router compared with the relays: medians of interleaved rounds. */
export interface Comparison {
  /** CPU time per message of the router, divided by that of the relay. */
  readonly ratio: number;
  readonly router: Saturation;
  readonly relay: Saturation;
  /** A relay without a library; only over WebSocket. */
  readonly plainRelay: Saturation | undefined;
}

/** Measures relays and router in turn, so that a change in the machine's speed affects all. */
export async function compareWithRelay(
  { open }: Scenario,
  protocol: Protocol,
  bytes: number,
  rounds: number,
): Promise<Comparison> {
  const specs = protocol.transport === "websocket" ? [relay, kreuz, plainRelay] : [relay, kreuz];
  const servers: ServerProcess[] = [];
  const results: Saturation[][] = specs.map(() => []);
  try {
    for (const spec of specs) servers.push(await ServerProcess.start(spec, SERVER_CORE));
    const loads: Load[] = [];
    for (const server of servers) loads.push(await open(server, protocol));
    for (const load of loads) await warmUp(load, bytes, MAX_WARM_UP_MS);
    for (let round = 0; round < rounds; round++)
      for (const [index, load] of loads.entries()) results[index]!.push(await saturate(servers[index]!, load, bytes));
    for (const load of loads) load.close();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  const [ofRelay = [], ofRouter = [], ofPlainRelay] = results;
  return {
    ratio: median(ofRouter.map((one, round) => one.microsecondsPerMessage / ofRelay[round]!.microsecondsPerMessage)),
    router: medians(ofRouter),
    relay: medians(ofRelay),
    plainRelay: ofPlainRelay && medians(ofPlainRelay),
  };
}
