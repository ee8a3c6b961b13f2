import type { Protocol } from "./generator/load-socket.js";
import type { Scenario } from "./loads/load.js";
import { SERVER_CORE } from "./machine.js";
import { medians, saturate, warmUp, type Saturation } from "./measure.js";
import { kreuz, relay } from "./servers/own-servers.js";
import { ServerProcess } from "./servers/server-process.js";
import { median } from "./statistics.js";

/** The router compared with the relay: medians of interleaved rounds. */
export interface Comparison {
  /** CPU time per message of the router, divided by that of the relay. */
  readonly ratio: number;
  readonly router: Saturation;
  readonly relay: Saturation;
}

/** Measures relay and router in turn, so that a change in the machine's speed affects both. */
export async function compareWithRelay(
  { open }: Scenario,
  protocol: Protocol,
  bytes: number,
  rounds: number,
): Promise<Comparison> {
  const servers = [await ServerProcess.start(relay, SERVER_CORE), await ServerProcess.start(kreuz, SERVER_CORE)];
  const results: Saturation[][] = [[], []];
  try {
    const loads = [await open(servers[0]!, protocol), await open(servers[1]!, protocol)];
    for (const load of loads) await warmUp(load, bytes);
    for (let round = 0; round < rounds; round++)
      for (const [index, load] of loads.entries()) results[index]!.push(await saturate(servers[index]!, load, bytes));
    for (const load of loads) load.close();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  const [ofRelay = [], ofRouter = []] = results;
  return {
    ratio: median(ofRouter.map((one, round) => one.microsecondsPerMessage / ofRelay[round]!.microsecondsPerMessage)),
    router: medians(ofRouter),
    relay: medians(ofRelay),
  };
}
