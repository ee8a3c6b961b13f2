import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { latency, percent, rate, short } from "../../format/numbers.js";
import { Chart, type Line } from "../../parts/chart.js";
import type { History } from "../../stores/history.js";
import type { SampleKey } from "../../stores/sample.js";

interface ChartOf {
  readonly title: string;
  readonly format: (value: number) => string;
  /** The chart reaches at least up to this value. */
  readonly atLeast: number;
  readonly lines: readonly (readonly [key: SampleKey, label: string, color: Line["color"]])[];
}

const CHARTS: readonly ChartOf[] = [
  {
    title: "Messages / s",
    format: rate,
    atLeast: 10,
    lines: [
      ["messagesOut", "out", 1],
      ["messagesIn", "in", 2],
    ],
  },
  {
    title: "Calls and events / s",
    format: rate,
    atLeast: 10,
    lines: [
      ["calls", "calls", 1],
      ["events", "events", 3],
      ["failedCalls", "failed", 4],
    ],
  },
  {
    title: "Time of calls",
    format: latency,
    atLeast: 0.001,
    lines: [
      ["callP99", "p99", 1],
      ["callP50", "p50", 3],
    ],
  },
  { title: "Sessions", format: short, atLeast: 4, lines: [["sessions", "sessions", 1]] },
  { title: "Event loop", format: latency, atLeast: 0.01, lines: [["loopDelay", "late, p99", 1]] },
  { title: "CPU", format: (value) => percent(value, 1), atLeast: 0.1, lines: [["cpu", "of one core", 1]] },
];

/** Ten minutes of a realm, as charts. */
export function TrafficCharts({ history }: { readonly history: History }): JSX.Element {
  const hovered = useSignal<number | undefined>(undefined);
  return (
    <div class="charts">
      {CHARTS.map(({ title, format, atLeast, lines }) => (
        <Chart
          key={title}
          title={title}
          format={format}
          atLeast={atLeast}
          hovered={hovered}
          timeOf={(index) => history.timeOf(index)}
          lines={lines.map(([key, label, color]) => ({ label, color, values: history.series(key) }))}
        />
      ))}
    </div>
  );
}
