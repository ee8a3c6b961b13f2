import cluster from "node:cluster";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declareDead, initializeReferee } from "@kreuz/cluster";
import { MapReferee } from "@kreuz/cluster/memory";
import { RefereeServer } from "@kreuz/cluster-unix";
import type { Clock } from "@kreuz/codec";
import { SummedMetrics } from "@kreuz/metrics";
import type { Logger } from "@kreuz/router";
import type { Readiness } from "../admin/readiness.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";
import type { ReloadReport } from "../run/reloader.js";
import { reservePorts } from "./reserve-ports.js";
import { operatorSocket, sentConfig, type WorkerPlaces } from "./worker-config.js";
import { type OperatorAnswers, REFEREE_SOCKET, workerName, type WorkerStarted } from "./worker-messages.js";
import { type WorkerEnd, WorkerProcess } from "./worker-process.js";

/** A worker that ends is started again after this long, and ever later while it goes on ending; in milliseconds. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;
/** A worker that ran for so long is started again at once. */
const STEADY_MS = 60_000;
/** How long a worker may take to answer what takes it no time. */
const ANSWER_MS = 5000;
/** How long a worker may take to prepare a reload. */
const PREPARE_MS = 30_000;

export interface WorkerPoolOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly answers: OperatorAnswers;
  /** Whether the config can be read again. */
  readonly reloadable: boolean;
}

/** A worker's place, which outlives its processes. */
interface Slot {
  readonly number: number;
  process: WorkerProcess;
  startedAt: number;
  delay: number;
}

/** All workers: starts them, starts them again, and tells them what to do. The referee of their cluster is in this process. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #places: WorkerPlaces;
  readonly #referee: MapReferee;
  readonly #server: RefereeServer;
  readonly #metrics: SummedMetrics;
  readonly #slots: Slot[] = [];
  #loaded: LoadedConfig;
  /** The workers serve; from now on, one that ends is started again. */
  #serving = false;
  #stopping = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(loaded: LoadedConfig, places: WorkerPlaces, options: WorkerPoolOptions) {
    this.#loaded = loaded;
    this.#places = places;
    this.#options = options;
    this.#metrics = new SummedMetrics(
      Array.from({ length: loaded.config.workers }, (_, index) => workerName(index + 1)),
    );
    this.#referee = new MapReferee({ clock: options.clock });
    this.#server = new RefereeServer(this.#referee);
  }

  /**
   * Starts the workers of a config.
   *
   * @throws InvalidConfigError or StartError, as the start of a router; then nothing keeps running.
   */
  static async start(loaded: LoadedConfig, options: WorkerPoolOptions): Promise<WorkerPool> {
    const ports = await reservePorts(loaded);
    const folder = makeFolder();
    const pool = new WorkerPool(loaded, { folder, ports }, options);
    process.on("exit", () => pool.#abandon());
    await initializeReferee(pool.#referee);
    await pool.#server.listen(join(folder, REFEREE_SOCKET));
    // Each new process is this program with this command, and asks for its config.
    cluster.setupPrimary({ args: ["start"], serialization: "advanced" });
    try {
      for (let number = 1; number <= loaded.config.workers; number++) pool.#slots.push(pool.#slot(number));
      await Promise.all(pool.#slots.map((slot) => pool.#startProcess(slot)));
    } catch (error) {
      pool.#abandon();
      await pool.#server.close();
      throw error;
    }
    pool.#serving = true;
    return pool;
  }

  get first(): WorkerStarted | undefined {
    return this.#slots[0]?.process.started;
  }

  get pids(): readonly number[] {
    return this.#processes.flatMap(({ pid }) => pid ?? []);
  }

  /** Ready while one worker is, and no worker that runs has a problem. */
  get readiness(): Readiness {
    const states = this.#processes.map(({ node, readiness, started }) => ({
      node,
      readiness,
      runs: started !== undefined,
    }));
    const running = states.filter(({ runs }) => runs);
    const because = (running.length === 0 ? states : running).flatMap(({ node, readiness }) =>
      readiness.because.map((reason) => `${node}: ${reason}`),
    );
    return { ready: because.length === 0, because };
  }

  /** Where the worker listens that serves operators now. */
  get operatorSocket(): string | undefined {
    const serving = this.#processes.find(({ started }) => started !== undefined);
    return serving && operatorSocket(this.#places.folder, serving.node);
  }

  /** The metrics of all workers together. One that does not answer counts as it did the last time. */
  async metrics(): Promise<string> {
    await Promise.all(
      this.#running.map(async (worker) => {
        const snapshot = await worker.ask("metrics", null, ANSWER_MS).catch(() => undefined);
        if (snapshot !== undefined && worker.started !== undefined) this.#metrics.update(worker.node, snapshot);
      }),
    );
    return this.#metrics.metrics();
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  /** Applies another config in all workers, or in none. @throws Error when a worker cannot apply it. */
  reload(loaded: LoadedConfig, prepareOwn: () => Promise<() => void>): Promise<ReloadReport> {
    const reloaded = this.#last.then(() => this.#reload(loaded, prepareOwn));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(loaded: LoadedConfig, prepareOwn: () => Promise<() => void>): Promise<ReloadReport> {
    const workers = this.#running;
    const sent = sentConfig(loaded);
    const prepared = workers.map((worker) => worker.ask("prepare", sent, PREPARE_MS));
    const outcomes = await Promise.allSettled([prepareOwn(), ...prepared]);
    const [own, ...others] = outcomes;
    // One that has ended meanwhile starts with the config that is in force by then.
    const failed = outcomes.findIndex(
      ({ status }, index) => status === "rejected" && workers[index - 1]?.started !== undefined,
    );
    if (own?.status === "rejected" || failed > 0) {
      for (const [index, { status }] of others.entries())
        if (status === "fulfilled") void workers[index]!.ask("refuse", null, ANSWER_MS).catch(() => {});
      throw (outcomes[Math.max(failed, 0)] as PromiseRejectedResult).reason;
    }
    this.#loaded = loaded;
    (own as PromiseFulfilledResult<() => void>).value();
    const reports = await Promise.all(workers.map((worker) => this.#applyIn(worker)));
    const applied = reports.filter((report) => report !== undefined);
    return {
      revoked: applied.reduce((sum, { revoked }) => sum + revoked, 0),
      needsRestart: [...new Set(applied.flatMap(({ needsRestart }) => needsRestart))],
    };
  }

  /** A worker that cannot apply what it has prepared ends, and starts with the new config. */
  async #applyIn(worker: WorkerProcess): Promise<ReloadReport | undefined> {
    try {
      return await worker.ask("apply", null, PREPARE_MS);
    } catch (error) {
      const { logger } = this.#options;
      if (worker.started !== undefined)
        logger.error({ worker: worker.node, error }, "a worker could not apply the config: it is started anew with it");
      worker.kill();
      return undefined;
    }
  }

  /** Notes in all workers that a config could not be read. */
  refuseReload(): void {
    this.#tell((worker) => worker.ask("refuse", null, ANSWER_MS));
  }

  reopenLogs(): void {
    this.#tell((worker) => worker.ask("reopen", null, ANSWER_MS));
  }

  /** Drains all workers. None is started any more. */
  async drain(): Promise<void> {
    this.#serving = false;
    await Promise.allSettled(this.#running.map((worker) => worker.ask("drain", null)));
  }

  /** Stops all workers, each within `ms` milliseconds. */
  async stop(ms: number): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#processes.map((worker) => (worker.isOver ? undefined : worker.stop(ms))));
    await this.#server.close();
    this.#abandon();
  }

  get #processes(): readonly WorkerProcess[] {
    return this.#slots.map(({ process: worker }) => worker);
  }

  get #running(): readonly WorkerProcess[] {
    return this.#processes.filter(({ started }) => started !== undefined);
  }

  #tell(ask: (worker: WorkerProcess) => Promise<unknown>): void {
    for (const worker of this.#running) void ask(worker).catch(() => {});
  }

  #slot(number: number): Slot {
    const { clock } = this.#options;
    const slot: Slot = { number, process: this.#fork(number), startedAt: clock.monotonic(), delay: FIRST_DELAY_MS / 2 };
    return slot;
  }

  #fork(number: number): WorkerProcess {
    const { clock, logger, answers } = this.#options;
    return new WorkerProcess({ number, clock, logger, answers, ended: (end) => void this.#ended(number, end) });
  }

  async #startProcess({ process: worker }: Slot): Promise<void> {
    const { reloadable } = this.#options;
    const loaded = this.#loaded;
    const places = this.#places;
    const { workers } = loaded.config;
    try {
      await worker.start({ sent: sentConfig(loaded), places, workers, reloadable });
    } catch (error) {
      if (worker.isOver) throw new StartError(`cannot start: ${(error as Error).message}`, { cause: error });
      throw error;
    }
    // It has read a config that was replaced while it started.
    if (this.#loaded !== loaded) worker.kill();
  }

  async #ended(number: number, end: WorkerEnd): Promise<void> {
    const slot = this.#slots[number - 1];
    if (this.#stopping || slot === undefined) return;
    const { node } = slot.process;
    await this.#metrics.end(node);
    const incarnation = await declareDead(this.#referee, node);
    if (incarnation !== undefined) this.#tell((worker) => worker.ask("ended", { node, incarnation }, ANSWER_MS));
    if (this.#serving) this.#startAgain(slot, end);
  }

  #startAgain(slot: Slot, { code, signal }: WorkerEnd): void {
    const { clock, logger } = this.#options;
    const ran = clock.monotonic() - slot.startedAt;
    slot.delay = ran >= STEADY_MS ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, slot.delay * 2);
    const { node, pid } = slot.process;
    const how = signal === null ? { code } : { signal };
    this.#metrics.restart(node);
    logger.error(
      { worker: node, pid, ...how, ranMs: Math.round(ran), againInMs: slot.delay },
      "a worker has ended: its sessions have left, and it is started again",
    );
    clock.schedule(slot.delay, () => {
      if (!this.#serving || this.#stopping) return;
      slot.process = this.#fork(slot.number);
      slot.startedAt = clock.monotonic();
      const worker = slot.process;
      this.#startProcess(slot).then(
        () => worker.isOver || logger.info({ worker: node, pid: worker.pid }, "the worker serves again"),
        (error: unknown) => {
          if (worker.isOver) return;
          logger.error({ worker: node, error }, "the worker cannot start");
          worker.kill();
        },
      );
    });
  }

  /** Leaves nothing behind, also where nothing can be waited for. */
  #abandon(): void {
    this.#stopping = true;
    for (const worker of this.#processes) if (!worker.isOver) worker.kill();
    rmSync(this.#places.folder, { recursive: true, force: true });
  }
}

/** Makes a folder that only this user can enter. Paths of sockets are short: it is not beside the config. */
function makeFolder(): string {
  const place = process.env["RUNTIME_DIRECTORY"]?.split(":")[0] ?? tmpdir();
  try {
    return mkdtempSync(join(place, "kreuz-workers-"));
  } catch (error) {
    const { message } = error as Error;
    throw new StartError(
      `cannot make a folder in ${place} for the sockets between the workers: ${message}; set TMPDIR to one that can be written to`,
      { cause: error },
    );
  }
}
