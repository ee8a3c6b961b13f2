import { ALL_CORES, SERVER_CORE } from "./machine/cores.js";
import type { ServerEntry } from "./results.js";
import type { Contestant } from "./servers/server-spec.js";
import { ServerProcess } from "./servers/server-process.js";

/** A contestant with the cores that it is given. */
export interface Entrant extends ServerEntry {
  readonly contestant: Contestant;
  readonly cores: string;
}

/** Everybody on one core; who has threads for more, on all of them too. */
export function entrantsOf(contestants: readonly Contestant[]): Entrant[] {
  return contestants.flatMap((contestant) => {
    const { name, version, usesCores } = contestant;
    const one: Entrant = { name, version, contestant, cores: SERVER_CORE };
    return usesCores ? [one, { name: `${name} (2 cores)`, version, contestant, cores: ALL_CORES }] : [one];
  });
}

/** Runs `use` with a server that nobody else has used, and stops it. */
export async function withServer<T>(entrant: Entrant, use: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await ServerProcess.start(entrant.contestant, entrant.cores);
  return use(server).finally(() => server.stop());
}
