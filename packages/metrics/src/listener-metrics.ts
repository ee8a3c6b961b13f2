import type { ListenerCounts } from "@kreuz/codec";
import { byKey, type LabelValues, type Metric, type Sample } from "./metric.js";
import type { ListenerSource, MetricsSource } from "./metrics-source.js";

const LISTENER: LabelValues = { listener: "name, host:port or path of a listener" };
const TRANSPORTS = ["websocket", "rawsocket", "longpoll"];
const CODECS = ["json", "msgpack", "cbor"];

/** What belongs to a listener. */
export const LISTENER_METRICS: readonly Metric[] = [
  {
    name: "connections",
    type: "gauge",
    labels: { ...LISTENER, transport: TRANSPORTS.join(", "), codec: CODECS.join(", ") },
    help: "Open connections.",
    read: ({ listeners }) => listeners.flatMap((listener) => connectionsOf(listener)),
  },
  perListener("connections_opened_total", "counter", "Connections whose handshake succeeded.", ({ opened }) => opened),
  byReason(
    "connections_refused_total",
    "limit, per_address, handshake, origin, tls, memory, other",
    "Clients refused or dropped before they had a connection.",
    ({ refused }) => refused,
  ),
  byReason(
    "connections_closed_total",
    "normal, going_away, keepalive, protocol, too_big, overflow, memory, error",
    "Connections that ended, by how.",
    ({ closed }) => closed,
  ),
  {
    name: "bytes_total",
    type: "counter",
    labels: { ...LISTENER, direction: "in, out" },
    help: "Bytes over the sockets, with framing and TLS.",
    read: ({ listeners }) =>
      listeners.flatMap(({ name, stats }) => [
        { labels: { listener: name, direction: "in" }, value: stats.bytesIn },
        { labels: { listener: name, direction: "out" }, value: stats.bytesOut },
      ]),
  },
  perListener("outbox_bytes", "gauge", "Bytes that wait for clients to read them.", ({ outboxBytes }) => outboxBytes),
  perListener(
    "charged_bytes",
    "gauge",
    "Bytes that the clients of a listener make the router hold, as charged to the memory budget.",
    ({ chargedBytes }) => chargedBytes,
  ),
  perListener(
    "slow_connections",
    "gauge",
    "Connections with more waiting than outbox.highWaterBytes: they miss events.",
    ({ slowConnections }) => slowConnections,
  ),
];

/** Every transport and codec from the start, and what else there has been. */
function connectionsOf({ name, stats }: ListenerSource): readonly Sample[] {
  const counts = new Map(TRANSPORTS.flatMap((transport) => CODECS.map((codec) => [`${transport} ${codec}`, 0])));
  for (const { transport, codec, count } of stats.open) counts.set(`${transport} ${codec}`, count);
  return Array.from(counts, ([key, value]) => {
    const [transport = "", codec = ""] = key.split(" ");
    return { labels: { listener: name, transport, codec }, value };
  });
}

function perListener(
  name: string,
  type: Metric["type"],
  help: string,
  value: (stats: ListenerCounts) => number,
): Metric {
  const read = ({ listeners }: MetricsSource): readonly Sample[] =>
    listeners.map((listener) => ({ labels: { listener: listener.name }, value: value(listener.stats) }));
  return { name, type, labels: LISTENER, help, read };
}

function byReason(
  name: string,
  reasons: string,
  help: string,
  counts: (stats: ListenerCounts) => Readonly<Record<string, number>>,
): Metric {
  const read = ({ listeners }: MetricsSource): readonly Sample[] =>
    listeners.flatMap((listener) => {
      const values = counts(listener.stats);
      return [...byKey("reason", Object.keys(values), (reason) => values[reason]!, { listener: listener.name })];
    });
  return { name, type: "counter", labels: { ...LISTENER, reason: reasons }, help, read };
}
