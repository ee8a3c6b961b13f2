import { rmSync } from "node:fs";
import { join } from "node:path";
import { Cluster } from "@kreuz/cluster";
import { UnixBus, UnixReferee } from "@kreuz/cluster-unix";
import { systemClock as clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import { logUncaughtErrors } from "../cli/process-events.js";
import { createLog, type Log } from "../log/create-log.js";
import { StartError } from "../run/errors.js";
import { clusterPlugin } from "../run/open-cluster.js";
import type { ReloadReport } from "../run/reloader.js";
import type { RunningRouter } from "../run/running-router.js";
import { startRouter } from "../run/start-router.js";
import { ControlChannel, type ControlPort } from "./control-channel.js";
import { type SentConfig, workerConfig } from "./worker-config.js";
import {
  type PrimaryAnswers,
  REFEREE_SOCKET,
  WORKER_VARIABLE,
  type WorkerAnswers,
  workerName,
  type WorkerStart,
  type WorkerStarted,
} from "./worker-messages.js";

/** Ctrl-C reaches all processes of a terminal, and a service manager may signal all of a service: the primary process decides. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** Runs this process as a worker, until the primary process stops it or ends. Never resolves. */
export function runWorker(): Promise<never> {
  for (const signal of SIGNALS) process.on(signal, () => {});
  const worker = new Worker(workerName(Number(process.env[WORKER_VARIABLE])));
  worker.listen(process as ControlPort);
  return new Promise(() => {});
}

/** What a worker has once it runs. */
interface Running {
  readonly start: WorkerStart;
  readonly log: Log;
  readonly cluster: Cluster;
  readonly router: RunningRouter;
}

class Worker {
  readonly #node: string;
  #channel: ControlChannel<PrimaryAnswers> | undefined;
  #running: Running | undefined;
  #apply: (() => Promise<ReloadReport>) | undefined;
  #stopping = false;

  constructor(node: string) {
    this.#node = node;
  }

  listen(port: ControlPort): void {
    const answers: WorkerAnswers = {
      start: (start) => this.#start(start),
      state: () => this.#router.readiness,
      metrics: () => this.#router.metricsSnapshot(),
      prepare: async (sent) => {
        this.#apply = await this.#router.prepareReload(this.#configOf(sent));
        return null;
      },
      apply: () => this.#applyPrepared(),
      refuse: () => {
        this.#apply = undefined;
        this.#router.refuseReload();
        return null;
      },
      drain: async () => {
        await this.#router.drain();
        return null;
      },
      stop: () => this.#stop(),
      reopen: () => {
        this.#running?.log.reopen();
        return null;
      },
      ended: ({ node, incarnation }) => {
        this.#running?.cluster.declaredDead(node, incarnation);
        return null;
      },
    };
    this.#channel = new ControlChannel(port, answers, clock);
    void this.#channel.ask("hears", null).catch(() => {});
  }

  get #router(): RunningRouter {
    if (this.#running === undefined) throw new StartError(`${this.#node} has not started`);
    return this.#running.router;
  }

  async #start(start: WorkerStart): Promise<WorkerStarted> {
    const loaded = workerConfig(start.sent, start.places, this.#node);
    // A primary process that was killed could not remove it.
    process.on("exit", () => {
      if (!process.connected) rmSync(start.places.folder, { recursive: true, force: true });
    });
    const log = await createLog(loaded.config.log, {
      stdout: process.stdout,
      folder: loaded.folder,
      clock,
      fields: { worker: this.#node },
    });
    logUncaughtErrors(process, log, (code) => process.exit(code));
    const cluster = this.#join(start, log.logger);
    const router = await startRouter(loaded, {
      logger: log.logger,
      clock,
      worker: {
        name: this.#node,
        workers: start.workers,
        cluster: { fabric: cluster, plugin: clusterPlugin(cluster) },
        drain: () => void this.#channel?.ask("drain", null).catch(() => {}),
      },
      ...(start.reloadable && { reload: () => this.#channel!.ask("reload", null) }),
    });
    this.#running = { start, log, cluster, router };
    const { console } = router;
    return { endpoints: router.endpoints, ...(console !== undefined && { console }) };
  }

  #join({ places: { folder } }: WorkerStart, logger: Logger): Cluster {
    const node = this.#node;
    const told = quiet(logger, () => this.#stopping);
    const bus = new UnixBus({ folder, node, clock, logger: told });
    const referee = new UnixReferee({ path: join(folder, REFEREE_SOCKET), clock });
    return new Cluster({ node, bus, referee, clock, logger: told });
  }

  #configOf(sent: SentConfig): ReturnType<typeof workerConfig> {
    return workerConfig(sent, this.#running!.start.places, this.#node);
  }

  async #applyPrepared(): Promise<ReloadReport> {
    const apply = this.#apply;
    this.#apply = undefined;
    if (apply === undefined) throw new StartError("there is no config to apply");
    const report = await apply();
    const { log, router } = this.#running!;
    log.logger.level = router.config.log.level;
    return report;
  }

  async #stop(): Promise<null> {
    this.#stopping = true;
    await this.#running?.router.stop();
    await this.#running?.log.flush();
    // Timers and sockets that a plugin left open must not keep the process alive.
    process.exit(0);
  }
}

/** That workers find each other is no news, nor that they lose each other when all stop. */
function quiet(logger: Logger, isStopping: () => boolean): Logger {
  const told =
    (level: keyof Logger): Logger["info"] =>
    (fields, message) => {
      if (!isStopping()) logger[level](fields, message);
    };
  return { debug: told("debug"), info: told("debug"), warn: told("warn"), error: told("error") };
}
