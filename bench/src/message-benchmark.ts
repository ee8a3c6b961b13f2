import type { Entrant } from "./entrant.js";
import type { Medium } from "./generator/load-socket.js";
import type { Load, Scenario } from "./loads/load.js";
import { latencyAtHalf, medians, saturate, warmUp, type Saturation } from "./measure.js";
import { SERVER_CORE } from "./machine/cores.js";
import type { MessageResult } from "./results.js";
import { ServerProcess } from "./servers/server-process.js";
import { median, percentiles } from "./statistics.js";

/** One scenario over one medium, on all servers that speak it. */
export interface Race {
  readonly scenario: Scenario;
  readonly medium: Medium;
  readonly sizes: readonly number[];
  readonly rounds: number;
}

/** A server that is ready to be measured, and what has been measured of one size so far. */
interface Lane {
  readonly entrant: Entrant;
  readonly server: ServerProcess;
  readonly load: Load;
  rounds: Saturation[];
  latencies: Array<{ readonly p50: number; readonly p99: number }>;
  failure: Error | undefined;
}

/**
 * Measures all entrants, one after the other within each round, so that a machine that slows down slows all of them.
 * One that fails leaves the race; `failed` is told why.
 */
export async function race(
  entrants: readonly Entrant[],
  { scenario, medium, sizes, rounds }: Race,
  failed: (entrant: Entrant, error: Error) => void,
): Promise<MessageResult[]> {
  const lanes = await prepare(entrants, scenario, medium, failed);
  const results: MessageResult[] = [];
  // What is measured is compiled code.
  for (const lane of lanes) await attempt(lane, () => warmUp(lane.load, sizes[0]!));
  for (const bytes of sizes) {
    for (const lane of lanes) [lane.rounds, lane.latencies] = [[], []];
    for (let round = 0; round < rounds; round++) for (const lane of lanes) await run(lane, bytes);
    for (const lane of lanes) if (lane.rounds.length > 0) results.push(resultOf(lane, scenario, medium, bytes));
  }
  for (const { entrant, failure } of lanes) if (failure !== undefined) failed(entrant, failure);
  for (const lane of lanes) lane.load.close();
  await Promise.all(lanes.map((lane) => lane.server.stop()));
  return results;
}

async function prepare(
  entrants: readonly Entrant[],
  scenario: Scenario,
  medium: Medium,
  failed: (entrant: Entrant, error: Error) => void,
): Promise<Lane[]> {
  const speaking = entrants.filter(
    ({ contestant }) =>
      contestant.transports.includes(medium.transport) && contestant.codecs.some((codec) => codec === medium.codec.id),
  );
  const lanes = await Promise.all(
    speaking.map(async (entrant): Promise<Lane | undefined> => {
      let server: ServerProcess | undefined;
      try {
        server = await ServerProcess.start(entrant.contestant, entrant.cores);
        const load = await scenario.open(server, medium);
        return { entrant, server, load, rounds: [], latencies: [], failure: undefined };
      } catch (error) {
        failed(entrant, error as Error);
        await server?.stop();
        return undefined;
      }
    }),
  );
  return lanes.filter((lane) => lane !== undefined);
}

async function run(lane: Lane, bytes: number): Promise<void> {
  await attempt(lane, async () => {
    const saturation = await saturate(lane.server, lane.load, bytes);
    lane.rounds.push(saturation);
    // On all cores the server would share one with the generator, whose delays are not the server's.
    if (lane.entrant.cores !== SERVER_CORE) return;
    lane.latencies.push(percentiles(await latencyAtHalf(lane.load, bytes, saturation.messagesPerSecond)));
  });
}

/** A lane whose server fails leaves the race. */
async function attempt(lane: Lane, action: () => Promise<void>): Promise<void> {
  if (lane.failure !== undefined) return;
  try {
    await action();
  } catch (error) {
    lane.failure = error as Error;
    lane.rounds = [];
  }
}

function resultOf(lane: Lane, { name, unit }: Scenario, { transport, codec }: Medium, bytes: number): MessageResult {
  const { rounds, latencies } = lane;
  return {
    server: lane.entrant.name,
    scenario: name,
    unit,
    bytes,
    codec: codec.id as MessageResult["codec"],
    transport,
    ...medians(rounds),
    ...(latencies.length === 0
      ? {}
      : { latency: { p50: median(latencies.map((one) => one.p50)), p99: median(latencies.map((one) => one.p99)) } }),
  };
}
