import type { RealmNumbers, Stats } from "@kreuz/admin/contract";
import type { ComponentChildren, JSX } from "preact";
import { bytes, count, latency, NOTHING, percent, rate, short } from "../../format/numbers.js";
import { useDesk } from "../../parts/context.js";
import type { History } from "../../stores/history.js";
import type { SampleKey } from "../../stores/sample.js";
import { sumOf } from "../../stores/sample.js";

/** The most important numbers, large. */
export function Figures(props: {
  readonly history: History;
  readonly stats: Stats | undefined;
  readonly numbers: RealmNumbers | undefined;
}): JSX.Element {
  const { navigation } = useDesk();
  const { history, numbers, stats } = props;
  const latest = (key: SampleKey, format: (value: number) => string): string => {
    const value = history.latest(key);
    return value === null ? NOTHING : format(value);
  };
  const calls = numbers === undefined ? 0 : sumOf(numbers.calls);
  const dropped = numbers === undefined ? 0 : sumOf(numbers.eventsDropped);
  const slow = Object.values(stats?.listeners ?? {}).reduce((sum, { slowConnections }) => sum + slowConnections, 0);
  return (
    <dl class="figures">
      <Figure name="Sessions" value={numbers === undefined ? NOTHING : count(numbers.sessions)}>
        <a href={navigation.href("sessions", undefined, { sort: "joined", desc: "1" })}>who joined last</a>
      </Figure>
      <Figure name="Calls / s" value={latest("calls", rate)}>
        {short(numbers?.callsPending ?? 0)} pending
      </Figure>
      <Figure name="Call p99" value={latest("callP99", latency)}>
        p50 {latest("callP50", latency)}
      </Figure>
      <Figure name="Failed calls" value={latest("failedCalls", (value) => `${rate(value)} / s`)}>
        {percent(calls - (numbers?.calls["ok"] ?? 0), calls)} of all
      </Figure>
      <Figure name="Events / s" value={latest("events", rate)}>
        {latest("publications", rate)} publications
      </Figure>
      <Figure name="Events dropped" value={short(dropped)} tone={dropped > 0 ? "warn" : undefined}>
        {slow > 0 ? (
          <a href={navigation.href("sessions", undefined, { slow: "1", sort: "buffered", desc: "1" })}>
            {short(slow)} slow now
          </a>
        ) : (
          "nobody is slow"
        )}
      </Figure>
      <Figure name="Event loop p99" value={latest("loopDelay", latency)}>
        CPU {latest("cpu", (value) => percent(value, 1))}
      </Figure>
      <Figure name="Memory" value={latest("memory", bytes)}>
        clients {bytes(stats?.process.clientBytes ?? 0)}
      </Figure>
    </dl>
  );
}

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly tone?: string | undefined;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd class={props.tone}>{props.value}</dd>
      <dd class="figure-note">{props.children}</dd>
    </div>
  );
}
