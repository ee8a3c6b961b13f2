// What /metrics says while the soak runs, as a table that a chart is drawn from. Only with KREUZ_SOAK_RECORDING.
import { appendFileSync, writeFileSync } from "node:fs";

const EVERY_MS = 10_000;

/** The columns: a name, and the series whose values are added up. */
const COLUMNS = {
  resident_bytes: "process_resident_memory_bytes",
  heap_bytes: "nodejs_heap_size_used_bytes",
  budget_bytes: "kreuz_budget_bytes",
  budget_pieces: "kreuz_budget_pieces",
  outbox_bytes: "kreuz_outbox_bytes",
  connections: "kreuz_connections",
  sessions: "kreuz_sessions",
  subscriptions: "kreuz_subscriptions",
  registrations: "kreuz_registrations",
  calls_pending: "kreuz_calls_pending",
  calls_queued: "kreuz_calls_queued",
  joined_total: "kreuz_sessions_joined_total",
  calls_total: "kreuz_calls_total",
  messages_total: "kreuz_messages_total",
} as const;

/** The sum of all series of a metric. */
function sumOf(text: string, metric: string): number {
  let sum = 0;
  for (const line of text.split("\n"))
    if (line.startsWith(metric) && /^[ {]/.test(line.slice(metric.length)))
      sum += Number(line.slice(line.lastIndexOf(" ")));
  return sum;
}

/** Records a line every ten seconds until it is stopped, and one at the end. */
export class Recording {
  readonly #path: string;
  readonly #url: string;
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(path: string, url: string) {
    this.#path = path;
    this.#url = url;
    writeFileSync(path, `${["seconds", ...Object.keys(COLUMNS)].join(",")}\n`);
    void this.#record();
    this.#timer = setInterval(() => void this.#record(), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#record();
  }

  async #record(): Promise<void> {
    const seconds = Math.round((performance.now() - this.#start) / 1000);
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const values = Object.values(COLUMNS).map((metric) => sumOf(text, metric));
    appendFileSync(this.#path, `${[seconds, ...values].join(",")}\n`);
  }
}
