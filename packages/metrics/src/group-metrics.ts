import { CALL_OUTCOMES, type Histogram } from "@kreuz/router";
import { byKey, type LabelValues, type Metric, oneOf, REALM, type Sample, single } from "./metric.js";
import { ALL_REALMS } from "./realm-metrics.js";
import { sumOf } from "./sum-of.js";
import type { GroupNumbers } from "./uri-groups.js";

/** Above this many, the histograms of a group are summed over all realms, so that a scrape stays small. */
export const MAX_GROUP_HISTOGRAMS = 200;

const GROUP: LabelValues = { group: "name of a group of URIs" };

/** What is counted by groups of URIs, if there are any. */
export const GROUP_METRICS: readonly Metric[] = [
  perGroup(
    "group_calls_total",
    { outcome: oneOf(CALL_OUTCOMES) },
    "Calls of a group that ended, each once, by how.",
    ({ calls }) => byKey("outcome", calls.keys, (outcome) => calls.get(outcome)),
  ),
  {
    name: "group_call_duration_seconds",
    type: "histogram",
    labels: { ...REALM, ...GROUP },
    help: "From CALL to its final answer, for calls of a group that reached a callee or a queue.",
    read: ({ router: { realms }, groups }) => {
      const names = groups?.names ?? [];
      const of = (realm: string, place: number): Histogram[] =>
        (groups?.of(realm).slice(place, place + 1) ?? []).map(({ callSeconds }) => callSeconds);
      if (realms.length * names.length > MAX_GROUP_HISTOGRAMS)
        return names.map((group, place) => ({
          labels: { realm: ALL_REALMS, group },
          value: sumOf(realms.flatMap((realm) => of(realm, place))),
        }));
      return realms.flatMap((realm) =>
        names.flatMap((group, place) => of(realm, place).map((value) => ({ labels: { realm, group }, value }))),
      );
    },
  },
  perGroup("group_publications_total", {}, "Publications to topics of a group.", (numbers) =>
    single(numbers.publications),
  ),
  perGroup("group_events_total", {}, "Receivers of those publications, all together.", (numbers) =>
    single(numbers.events),
  ),
];

function perGroup(
  name: string,
  labels: LabelValues,
  help: string,
  samples: (numbers: GroupNumbers) => Iterable<Sample>,
): Metric {
  return {
    name,
    type: "counter",
    labels: { ...REALM, ...GROUP, ...labels },
    help,
    *read({ router: { realms }, groups }) {
      for (const realm of realms)
        for (const [place, numbers] of (groups?.of(realm) ?? []).entries())
          for (const sample of samples(numbers))
            yield { ...sample, labels: { realm, group: groups!.names[place]!, ...sample.labels } };
    },
  };
}
