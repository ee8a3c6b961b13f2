import { MessageType, type MessageName } from "@kreuz/codec";
import {
  ACTIONS,
  AUTHENTICATION_RESULTS,
  CALL_OUTCOMES,
  DEPARTURES,
  type Histogram,
  REFUSALS,
  type RealmStats,
} from "@kreuz/router";
import { byKey, type LabelValues, type Metric, oneOf, REALM, type Sample, single } from "./metric.js";
import type { MetricsSource } from "./metrics-source.js";
import { sumOf } from "./sum-of.js";

/** Above this many realms, histograms are summed over all of them, so that a scrape stays small. */
export const MAX_REALMS_WITH_HISTOGRAMS = 50;
/** The realm of those sums. */
export const ALL_REALMS = "_all";

const MATCHES = ["exact", "prefix", "wildcard"] as const;
const MESSAGES = Object.entries(MessageType) as readonly [MessageName, number][];
const METHOD: LabelValues = { method: "authmethod of the realm" };

/** What belongs to a realm. */
export const REALM_METRICS: readonly Metric[] = [
  perRealm("sessions", "gauge", {}, "Sessions of clients.", (stats) => single(stats.sessions)),
  perRealm("sessions_joined_total", "counter", METHOD, "Sessions that joined.", ({ joined }) =>
    byKey("method", joined.keys, (method) => joined.get(method)),
  ),
  perRealm(
    "sessions_left_total",
    "counter",
    { reason: oneOf(DEPARTURES) },
    "Sessions that left, by what ended them.",
    ({ left }) => byKey("reason", left.keys, (reason) => left.get(reason)),
  ),
  histogram("session_duration_seconds", "How long sessions lasted.", (stats) => stats.sessionSeconds),
  perRealm(
    "authentications_total",
    "counter",
    { ...METHOD, result: oneOf(AUTHENTICATION_RESULTS) },
    "Authentications, by result; failed means that the method broke.",
    authentications,
  ),
  { ...perMethod(), name: "authentication_duration_seconds", type: "histogram" },
  perRealm(
    "authorizations_refused_total",
    "counter",
    { action: oneOf(ACTIONS), reason: oneOf(REFUSALS) },
    "Actions refused by authorizers; failed means that the authorizer broke, revoked that permissions changed.",
    refusals,
  ),
  messages(),
  perRealm(
    "calls_total",
    "counter",
    { outcome: oneOf(CALL_OUTCOMES) },
    "Calls that ended, each once, by how.",
    ({ calls }) => byKey("outcome", calls.keys, (outcome) => calls.get(outcome)),
  ),
  histogram(
    "call_duration_seconds",
    "From CALL to its final answer, for calls that reached a callee or a queue.",
    (stats) => stats.callSeconds,
  ),
  perRealm("calls_pending", "gauge", {}, "Calls without an answer.", (stats) => single(stats.callsPending)),
  perRealm("calls_queued", "gauge", {}, "Calls that wait for a free callee.", (stats) => single(stats.callsQueued)),
  perRealm(
    "registrations",
    "gauge",
    { match: oneOf(MATCHES) },
    "Procedures and patterns registered.",
    (stats) => byKey("match", MATCHES, (match) => stats.registrations.get(match)),
    "max",
  ),
  perRealm(
    "subscriptions",
    "gauge",
    { match: oneOf(MATCHES) },
    "Topics and patterns subscribed to.",
    (stats) => byKey("match", MATCHES, (match) => stats.subscriptions.get(match)),
    "each",
  ),
  perRealm("publications_total", "counter", {}, "Publications accepted.", (stats) => single(stats.publications)),
  histogram("event_fanout", "Receivers per publication.", (stats) => stats.fanOut),
  perRealm(
    "events_dropped_total",
    "counter",
    { reason: "slow, too_long, codec" },
    "Events not sent: the client reads too slowly, takes no such frame, or they cannot be encoded for it.",
    ({ eventsDropped }) => byKey("reason", eventsDropped.keys, (reason) => eventsDropped.get(reason)),
  ),
  perRealm("retained_events", "gauge", {}, "Retained events.", (stats) => single(stats.retainedEvents), "max"),
  perRealm("retained_bytes", "gauge", {}, "Bytes of retained events.", (stats) => single(stats.retainedBytes), "max"),
  {
    name: "protocol_violations_total",
    type: "counter",
    labels: REALM,
    help: "Connections ended for a protocol violation; without a realm if none was named yet.",
    read: (source) =>
      [...realmsOf(source), withoutRealm(source)].map(([realm, stats]) => ({
        labels: { realm },
        value: stats.protocolViolations,
      })),
  },
];

type RealmEntry = readonly [realm: string, stats: RealmStats];

function realmsOf({ router }: MetricsSource): readonly RealmEntry[] {
  return router.realms.flatMap((realm): RealmEntry[] => {
    const stats = router.stats(realm);
    return stats === undefined ? [] : [[realm, stats]];
  });
}

/** What belongs to no realm. Prometheus takes an empty label for none. */
function withoutRealm({ router }: MetricsSource): RealmEntry {
  return ["", router.stats()!];
}

function perRealm(
  name: string,
  type: Metric["type"],
  labels: LabelValues,
  help: string,
  samples: (stats: RealmStats) => Iterable<Sample>,
  together: Required<Metric>["together"] = "sum",
): Metric {
  return {
    name,
    type,
    labels: { ...REALM, ...labels },
    help,
    together,
    *read(source) {
      for (const [realm, stats] of realmsOf(source))
        for (const sample of samples(stats)) yield { ...sample, labels: { realm, ...sample.labels } };
    },
  };
}

function histogram(name: string, help: string, of: (stats: RealmStats) => Histogram): Metric {
  return {
    name,
    type: "histogram",
    labels: REALM,
    help,
    read(source) {
      const realms = realmsOf(source);
      if (realms.length <= MAX_REALMS_WITH_HISTOGRAMS)
        return realms.map(([realm, stats]) => ({ labels: { realm }, value: of(stats) }));
      return [{ labels: { realm: ALL_REALMS }, value: sumOf(realms.map(([, stats]) => of(stats))) }];
    },
  };
}

function* authentications({ authentications: methods }: RealmStats): Iterable<Sample> {
  for (const [method, { results }] of methods)
    yield* byKey("result", results.keys, (result) => results.get(result), { method });
}

function* refusals({ refused }: RealmStats): Iterable<Sample> {
  for (const action of ACTIONS)
    yield* byKey("reason", REFUSALS, (reason) => refused.get(`${action}:${reason}`), { action });
}

function messages(): Metric {
  const types = MESSAGES.map(([name]) => name);
  return {
    name: "messages_total",
    type: "counter",
    labels: { ...REALM, type: "name of a message, such as CALL", direction: "in, out" },
    help: "WAMP messages of clients, in and out.",
    *read(source) {
      for (const [realm, { received, sent }] of [...realmsOf(source), withoutRealm(source)]) {
        const numberOf = (from: Float64Array) => (type: MessageName) => from[MessageType[type]]!;
        yield* byKey("type", types, numberOf(received), { realm, direction: "in" });
        yield* byKey("type", types, numberOf(sent), { realm, direction: "out" });
      }
    },
  };
}

/** By method alone: how long a method takes does not depend on the realm. */
function perMethod(): Pick<Metric, "labels" | "help" | "read"> {
  return {
    labels: METHOD,
    help: "From HELLO to the decision.",
    read(source) {
      const methods = new Map<string, Histogram[]>();
      for (const [, { authentications: own }] of realmsOf(source))
        for (const [method, { seconds }] of own) methods.set(method, [...(methods.get(method) ?? []), seconds]);
      return Array.from(methods, ([method, all]) => ({ labels: { method }, value: sumOf(all) }));
    },
  };
}
