import { AggregatorRegistry, Counter, type MetricObject, type MetricValue, Registry } from "prom-client";

/** The metrics of one process, as its registry has them: plain objects that can be sent to another process. */
export type MetricsSnapshot = readonly MetricObject[];

/** Metrics of Node.js that say something of one process only. */
const OF_ONE_PROCESS = /^(nodejs_eventloop_|process_start_time_seconds$)/;
/** The label of series that each process has of its own. */
const LABEL = "worker";

/** A metric with its values, as a registry gives it. */
interface Read extends Omit<MetricObject, "aggregator"> {
  readonly aggregator: string;
  readonly values?: readonly (MetricValue<string> & { readonly metricName?: string })[];
}

/**
 * The metrics of several processes as those of one: sums, with a label `worker` where a sum says nothing. What a process has
 * counted stays when the process ends, since counters never go back.
 */
export class SummedMetrics {
  readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  /** What is known only here. */
  readonly #registry = new Registry();
  readonly #restarts = new Counter({
    name: "kreuz_worker_restarts_total",
    help: "Times that a worker ended and was started again.",
    labelNames: [LABEL],
    registers: [this.#registry],
  });
  readonly #last = new Map<string, readonly Read[]>();
  #ended: readonly Read[] = [];

  /** @param workers - the names of the processes: their series exist from the start. */
  constructor(workers: Iterable<string>) {
    for (const worker of workers) this.#restarts.inc({ [LABEL]: worker }, 0);
  }

  /** A process that has ended is started again. */
  restart(worker: string): void {
    this.#restarts.inc({ [LABEL]: worker });
  }

  /** Takes the newest metrics of a process. */
  update(worker: string, snapshot: MetricsSnapshot): void {
    this.#last.set(worker, snapshot as readonly Read[]);
  }

  /** A process has ended. */
  async end(worker: string): Promise<void> {
    const counted = (this.#last.get(worker) ?? []).filter(({ type }) => String(type) !== "gauge");
    this.#last.delete(worker);
    if (counted.length > 0) this.#ended = (await sumOf([this.#ended, counted]).getMetricsAsJSON()) as readonly Read[];
  }

  /** All of them, as Prometheus reads them. */
  async metrics(): Promise<string> {
    const theirs = Array.from(this.#last, ([worker, metrics]) => metrics.map((metric) => labelled(metric, worker)));
    const own = (await this.#registry.getMetricsAsJSON()) as readonly Read[];
    return sumOf([this.#ended, ...theirs, own]).metrics();
  }
}

function labelled(metric: Read, worker: string): Read {
  if (metric.aggregator !== "each" && !OF_ONE_PROCESS.test(metric.name)) return metric;
  const values = (metric.values ?? []).map((value) => ({ ...value, labels: { ...value.labels, [LABEL]: worker } }));
  return { ...metric, aggregator: "sum", values };
}

function sumOf(all: readonly (readonly Read[])[]): Registry {
  // Its types are wrong about what it takes, which is what a registry gives.
  return AggregatorRegistry.aggregate(all as unknown as object[]);
}
