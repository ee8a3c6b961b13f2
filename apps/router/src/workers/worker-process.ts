import cluster, { type Worker } from "node:cluster";
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { Readiness } from "../admin/readiness.js";
import { ControlChannel, type ControlPort } from "./control-channel.js";
import {
  type OperatorAnswers,
  type PrimaryAnswers,
  WORKER_VARIABLE,
  type WorkerAnswers,
  workerName,
  type WorkerStart,
  type WorkerStarted,
} from "./worker-messages.js";

/** So often a worker is asked how it is, in milliseconds. */
const LOOK_MS = 500;
/** A worker that does not answer for so long is not ready… */
const SILENT_MS = 3000;
/** …and for so long is ended. */
const STALLED_MS = 30_000;
/** How long a worker that is to stop may take after its time is over. */
const STOP_MARGIN_MS = 1000;

/** How a process ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface WorkerProcessOptions {
  /** From 1. */
  readonly number: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly answers: OperatorAnswers;
  /** The process has ended. Called once. */
  readonly ended: (end: WorkerEnd) => void;
}

/** One process of a worker, from its start to its end. */
export class WorkerProcess {
  readonly node: string;
  readonly #options: WorkerProcessOptions;
  readonly #worker: Worker;
  #channel!: ControlChannel<WorkerAnswers>;
  readonly #hears: Promise<void>;
  readonly #over: Promise<void>;
  /** Once it serves. */
  started: WorkerStarted | undefined;
  isOver = false;
  #readiness: Readiness = { ready: false, because: ["starting"] };
  #lastAnswer: number;
  #stopLooking = (): void => {};

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.node = workerName(options.number);
    this.#lastAnswer = options.clock.monotonic();
    this.#worker = cluster.fork({ [WORKER_VARIABLE]: String(options.number) });
    this.#hears = new Promise((resolve) => {
      const hears = (): null => {
        resolve();
        return null;
      };
      const answers: PrimaryAnswers = { ...options.answers, hears };
      this.#channel = new ControlChannel(this.#worker.process as ControlPort, answers, options.clock);
    });
    this.#over = new Promise((resolve) => {
      const over = (code: number | null, signal: string | null): void => {
        this.isOver = true;
        this.#stopLooking();
        this.started = undefined;
        this.#channel.end(new Error(`${this.node} has ended (${signal ?? `exit code ${code}`})`));
        resolve();
        options.ended({ code, signal });
      };
      this.#worker.once("exit", over);
    });
    // A channel that breaks ends the process.
    this.#worker.on("error", () => this.kill());
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  async start(start: WorkerStart): Promise<WorkerStarted> {
    await Promise.race([this.#hears, this.#over]);
    this.started = await this.#channel.ask("start", start);
    this.#lastAnswer = this.#options.clock.monotonic();
    await this.#look();
    return this.started;
  }

  get ask(): ControlChannel<WorkerAnswers>["ask"] {
    return this.#channel.ask.bind(this.#channel);
  }

  /** Whether clients can be sent to it, and if not, why. */
  get readiness(): Readiness {
    const silent = this.#options.clock.monotonic() - this.#lastAnswer;
    if (this.started === undefined || silent < SILENT_MS) return this.#readiness;
    return { ready: false, because: [`does not answer for ${Math.floor(silent / 1000)} s`] };
  }

  /** Ends it by the shutdown of the config, or by force when that takes longer than `ms`. */
  async stop(ms: number): Promise<void> {
    void this.#channel.ask("stop", null).catch(() => {});
    const cancel = this.#options.clock.schedule(ms + STOP_MARGIN_MS, () => this.kill());
    await this.#over;
    cancel();
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  async #look(): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      this.#readiness = await this.#channel.ask("state", null, SILENT_MS);
      this.#lastAnswer = clock.monotonic();
    } catch {
      const silent = clock.monotonic() - this.#lastAnswer;
      if (this.started !== undefined && silent >= STALLED_MS) {
        logger.error({ worker: this.node, pid: this.pid, silentMs: silent }, "a worker does not answer: it is ended");
        return this.kill();
      }
    }
    if (!this.isOver) this.#stopLooking = clock.schedule(LOOK_MS, () => void this.#look());
  }
}
