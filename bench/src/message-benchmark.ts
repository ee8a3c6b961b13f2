import type { Protocol } from "./generator/load-socket.js";
import type { Load, Scenario } from "./loads/load.js";
import { SERVER_CORE } from "./machine.js";
import { latencyAtHalf, medians, saturate, warmUp, type Saturation } from "./measure.js";
import type { Latency, MessageResult } from "./results.js";
import { ServerProcess } from "./servers/server-process.js";
import type { Target } from "./servers/server-spec.js";
import { median, percentiles } from "./statistics.js";

/** One scenario with one protocol. */
export interface MessageBenchmark {
  readonly scenario: Scenario;
  readonly protocol: Protocol;
  readonly sizes: readonly number[];
  readonly rounds: number;
}

/** A server under load, and its measurements of the current size. */
interface Subject {
  readonly target: Target;
  readonly server: ServerProcess;
  readonly load: Load;
  rounds: Saturation[];
  latencies: Latency[];
  failure: Error | undefined;
}

/** At most so long before each size is measured. */
const WARM_UP_MS = 1000;

type OnFailure = (target: Target, error: Error) => void;

/**
 * Measures all servers that support the protocol. Rounds are interleaved, so that a change in the machine's speed affects
 * all servers. A server that fails is not measured further.
 */
export async function measureMessages(
  targets: readonly Target[],
  benchmark: MessageBenchmark,
  onFailure: OnFailure,
): Promise<MessageResult[]> {
  const { scenario, protocol, sizes, rounds } = benchmark;
  const subjects = await startAll(targets, scenario, protocol, onFailure);
  const results: MessageResult[] = [];
  for (const bytes of sizes) {
    for (const subject of subjects) [subject.rounds, subject.latencies] = [[], []];
    // Longer messages take other ways, which are compiled when many have taken them.
    for (const subject of subjects) await attempt(subject, () => warmUp(subject.load, bytes, WARM_UP_MS));
    for (let round = 0; round < rounds; round++)
      for (const subject of subjects) await attempt(subject, () => measureRound(subject, bytes));
    for (const subject of subjects)
      if (subject.rounds.length > 0) results.push(resultOf(subject, scenario, protocol, bytes));
  }
  for (const { target, failure } of subjects) if (failure !== undefined) onFailure(target, failure);
  for (const subject of subjects) subject.load.close();
  await Promise.all(subjects.map((subject) => subject.server.stop()));
  return results;
}

async function startAll(
  targets: readonly Target[],
  scenario: Scenario,
  protocol: Protocol,
  onFailure: OnFailure,
): Promise<Subject[]> {
  const supporting = targets.filter(
    ({ spec }) =>
      spec.transports.includes(protocol.transport) && spec.codecs.some((codec) => codec === protocol.codec.id),
  );
  const subjects = await Promise.all(
    supporting.map(async (target): Promise<Subject | undefined> => {
      let server: ServerProcess | undefined;
      try {
        server = await ServerProcess.start(target.spec, target.cores);
        const load = await scenario.open(server, protocol);
        return { target, server, load, rounds: [], latencies: [], failure: undefined };
      } catch (error) {
        onFailure(target, error as Error);
        await server?.stop();
        return undefined;
      }
    }),
  );
  return subjects.filter((subject) => subject !== undefined);
}

async function measureRound(subject: Subject, bytes: number): Promise<void> {
  const saturation = await saturate(subject.server, subject.load, bytes);
  subject.rounds.push(saturation);
  // On all cores, the server competes with the generator, so latencies would include the generator's delays.
  if (subject.target.cores !== SERVER_CORE) return;
  subject.latencies.push(percentiles(await latencyAtHalf(subject.load, bytes, saturation.messagesPerSecond)));
}

/** Runs `action` unless the server has failed before. */
async function attempt(subject: Subject, action: () => Promise<void>): Promise<void> {
  if (subject.failure !== undefined) return;
  try {
    await action();
  } catch (error) {
    subject.failure = error as Error;
    subject.rounds = [];
  }
}

function resultOf(subject: Subject, scenario: Scenario, protocol: Protocol, bytes: number): MessageResult {
  const { target, rounds, latencies } = subject;
  const latency = { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) };
  return {
    server: target.name,
    scenario: scenario.name,
    unit: scenario.unit,
    bytes,
    codec: protocol.codec.id as MessageResult["codec"],
    transport: protocol.transport,
    ...medians(rounds),
    ...(latencies.length === 0 ? {} : { latency }),
  };
}
