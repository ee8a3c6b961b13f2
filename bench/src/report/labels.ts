import type { Latency, ServerEntry } from "../results.js";
import type { CodecName, TransportName } from "../servers/server-spec.js";

// How servers, protocols and figures are printed in charts and tables.

const TWO_CORES = " (2 cores)";
const KIB = 1024;
const CODECS: Readonly<Record<CodecName, string>> = { json: "JSON", msgpack: "MessagePack", cbor: "CBOR" };
const TRANSPORTS: Readonly<Record<TransportName, string>> = {
  websocket: "WebSocket",
  rawsocket: "RawSocket",
  tls: "WebSocket with TLS",
  deflate: "WebSocket with permessage-deflate",
};

/** What a server is compared as. */
export type Role = "kreuz" | "baseline" | "peer";

/** The parts of a server's name. */
export interface Identity {
  /** The name without the number of cores. */
  readonly base: string;
  readonly role: Role;
  readonly twoCores: boolean;
}

/** Splits a server's name. */
export function identify(name: string): Identity {
  const twoCores = name.endsWith(TWO_CORES);
  const base = twoCores ? name.slice(0, -TWO_CORES.length) : name;
  return { base, role: roleOf(base), twoCores };
}

function roleOf(base: string): Role {
  if (/^kreuz\b/i.test(base)) return "kreuz";
  return /\brelay\b/i.test(base) ? "baseline" : "peer";
}

/** The label of a server without the number of cores. Makes clear that the relay is not a router. */
export function serverLabel(base: string): string {
  return roleOf(base) === "baseline" ? "bare ws relay (baseline)" : base;
}

/** The heading of a server's column or row, with the number of cores. */
export function serverHeading(name: string): string {
  const { base, twoCores } = identify(name);
  return twoCores ? serverLabel(base) + TWO_CORES : serverLabel(base);
}

/** Sorts servers: Kreuz first, then the peers in their order, then the baseline. */
export function sortServers<T extends ServerEntry>(servers: readonly T[]): T[] {
  const rank: Readonly<Record<Role, number>> = { kreuz: 0, peer: 1, baseline: 2 };
  return servers.toSorted((a, b) => rank[identify(a.name).role] - rank[identify(b.name).role]);
}

/** All labels that {@link protocolLabel} returns, the most common first. */
export const PROTOCOL_LABELS: readonly string[] = Object.values(TRANSPORTS).flatMap((transport) =>
  Object.values(CODECS).map((codec) => `${codec} over ${transport}`),
);

/** The label of a codec and a transport: `JSON over WebSocket`. */
export function protocolLabel(protocol: { readonly codec: CodecName; readonly transport: TransportName }): string {
  return `${CODECS[protocol.codec]} over ${TRANSPORTS[protocol.transport]}`;
}

/** False for NaN, the median of no rounds, and for null, which is NaN in JSON. */
export function isFigure(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}

/** Formats a rate or a count with three significant digits and thousands separators. */
export function formatCount(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** Formats a time or a size, with decimals that align in a column. */
export function formatQuantity(value: number): string {
  if (value >= 100) return formatCount(value);
  if (value > 0 && value < 0.1) return value.toLocaleString("en", { maximumSignificantDigits: 2 });
  return value.toFixed(value < 10 ? 2 : 1);
}

/** Formats two percentiles: `0.31 / 0.87`. */
export function formatLatency({ p50, p99 }: Latency): string {
  return `${formatQuantity(p50)} / ${formatQuantity(p99)}`;
}

/** Formats a ratio: `0.69×`, `0.07×`. */
export function formatRatio(value: number): string {
  return value >= 0.01 && value < 0.1 ? `${value.toFixed(2)}×` : `${formatQuantity(value)}×`;
}

/** Formats the size of a payload: `64 B`, `16 KiB`. */
export function formatSize(bytes: number): string {
  return bytes < KIB ? `${bytes} B` : `${formatCount(bytes / KIB)} KiB`;
}

/** Formats bytes as KiB, without the unit. */
export function formatKib(bytes: number): string {
  return formatQuantity(bytes / KIB);
}
