import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { latency, percent, rate, short } from "../../format/numbers.js";
import { Chart } from "../../parts/chart.js";
import type { History } from "../../stores/history.js";

/** Ten minutes of a realm, as charts. */
export function TrafficCharts({ history }: { readonly history: History }): JSX.Element {
  const timeOf = (index: number): number => history.timeOf(index);
  const hovered = useSignal<number | undefined>(undefined);
  return (
    <div class="charts">
      <Chart
        title="Messages / s"
        timeOf={timeOf}
        hovered={hovered}
        format={rate}
        atLeast={10}
        lines={[
          { label: "out", color: 1, values: history.series("messagesOut") },
          { label: "in", color: 2, values: history.series("messagesIn") },
        ]}
      />
      <Chart
        title="Calls and events / s"
        timeOf={timeOf}
        hovered={hovered}
        format={rate}
        atLeast={10}
        lines={[
          { label: "calls", color: 1, values: history.series("calls") },
          { label: "events", color: 3, values: history.series("events") },
          { label: "failed", color: 4, values: history.series("failedCalls") },
        ]}
      />
      <Chart
        title="Time of calls"
        timeOf={timeOf}
        hovered={hovered}
        format={latency}
        atLeast={0.001}
        lines={[
          { label: "p99", color: 1, values: history.series("callP99") },
          { label: "p50", color: 3, values: history.series("callP50") },
        ]}
      />
      <Chart
        title="Sessions"
        timeOf={timeOf}
        hovered={hovered}
        format={short}
        atLeast={4}
        lines={[{ label: "sessions", color: 1, values: history.series("sessions") }]}
      />
      <Chart
        title="Event loop"
        timeOf={timeOf}
        hovered={hovered}
        format={latency}
        atLeast={0.01}
        lines={[{ label: "late, p99", color: 1, values: history.series("loopDelay") }]}
      />
      <Chart
        title="CPU"
        timeOf={timeOf}
        hovered={hovered}
        format={(value) => percent(value, 1)}
        atLeast={0.1}
        lines={[{ label: "of one core", color: 1, values: history.series("cpu") }]}
      />
    </div>
  );
}
