import { ADMIN, ADMIN_TOPICS, type LogEntry } from "@kreuz/admin/contract";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { problemOf } from "../api/problem.js";
import type { RouterApi } from "../api/router-api.js";

/** Entries that are kept: what the router keeps. */
const KEPT_ENTRIES = 500;

/** A line of the log, with a number of its own. */
export interface LogLine extends LogEntry {
  readonly key: number;
}

/** The router's log, the newest line first. */
export class LogFeed {
  readonly #api: RouterApi;
  readonly #lines: Signal<readonly LogLine[]> = signal([]);
  readonly #problem: Signal<string | undefined> = signal(undefined);
  readonly #loaded = signal(false);
  readonly #unread = signal(0);
  #keys = 0;

  constructor(api: RouterApi) {
    this.#api = api;
  }

  get lines(): ReadonlySignal<readonly LogLine[]> {
    return this.#lines;
  }

  /** Warnings and errors since somebody looked at the log. */
  get unread(): ReadonlySignal<number> {
    return this.#unread;
  }

  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  get problem(): ReadonlySignal<string | undefined> {
    return this.#problem;
  }

  async start(): Promise<void> {
    await this.#api.session.subscribe(ADMIN_TOPICS.log, ({ args }) => this.receive(args[0] as LogEntry));
    await this.reload();
  }

  /** Gets what the router has kept, at the start and after a lost connection. */
  async reload(): Promise<void> {
    try {
      const entries = await this.#api.ask(ADMIN.getLog, []);
      this.#lines.value = entries.map((entry) => this.#line(entry)).reverse();
      this.#problem.value = undefined;
    } catch (error) {
      this.#problem.value = problemOf(error);
    }
    this.#loaded.value = true;
  }

  receive(entry: LogEntry): void {
    this.#lines.value = [this.#line(entry), ...this.#lines.value].slice(0, KEPT_ENTRIES);
    if (entry.level !== "info") this.#unread.value++;
  }

  /** Somebody looks at the log. */
  read(): void {
    this.#unread.value = 0;
  }

  #line(entry: LogEntry): LogLine {
    return { ...entry, key: this.#keys++ };
  }
}
