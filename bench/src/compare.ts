import type { Protocol } from "./generator/load-socket.js";
import type { Load, Scenario } from "./loads/load.js";
import { SERVER_CORE } from "./machine.js";
import { medians, saturate, warmUp, type Saturation } from "./measure.js";
import { kreuz, plainRelay, relay } from "./servers/own-servers.js";
import { ServerProcess } from "./servers/server-process.js";
import { median, middleHalf } from "./statistics.js";

const MAX_WARM_UP_MS = 6000;
/** How often each server is measured in a round. */
export const TURNS = 3;

/** The router compared with the relays: medians of all turns. */
export interface Comparison {
  /** CPU time per message of the router, divided by that of the relay. */
  readonly ratio: number;
  /** Half of the turns gave a ratio between these. */
  readonly spread: readonly [number, number];
  readonly router: Saturation;
  readonly relay: Saturation;
  /** A relay without a library; only over WebSocket. */
  readonly plainRelay: Saturation | undefined;
}

/** What was measured of each server, in the order of the servers. */
type Turn = readonly Saturation[];

/**
 * Measures relays and router in turn, so that a change in the machine's speed affects all. Each round starts the servers anew:
 * processes of one server differ by some percent for as long as they live.
 */
export async function compareWithRelay(
  scenario: Scenario,
  protocol: Protocol,
  bytes: number,
  rounds: number,
): Promise<Comparison> {
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round++) turns.push(...(await measureRound(scenario, protocol, bytes)));
  const ratios = turns.map(([base, router]) => router!.microsecondsPerMessage / base!.microsecondsPerMessage);
  const of = (index: number): Saturation => medians(turns.map((turn) => turn[index]!));
  return {
    ratio: median(ratios),
    spread: middleHalf(ratios),
    relay: of(0),
    router: of(1),
    plainRelay: turns[0]!.length > 2 ? of(2) : undefined,
  };
}

async function measureRound({ open }: Scenario, protocol: Protocol, bytes: number): Promise<Turn[]> {
  const specs = protocol.transport === "websocket" ? [relay, kreuz, plainRelay] : [relay, kreuz];
  const servers: ServerProcess[] = [];
  try {
    for (const spec of specs) servers.push(await ServerProcess.start(spec, SERVER_CORE));
    const loads: Load[] = [];
    for (const server of servers) loads.push(await open(server, protocol));
    for (const load of loads) await warmUp(load, bytes, MAX_WARM_UP_MS);
    const turns: Turn[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const results: Saturation[] = [];
      for (const [index, load] of loads.entries()) results.push(await saturate(servers[index]!, load, bytes));
      turns.push(results);
    }
    for (const load of loads) load.close();
    return turns;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
