import { isIPv4, isIPv6 } from "node:net";
import type { PeerAddress } from "../connection/peer-address.js";

/** What the beginning of a connection says about who is behind a proxy. */
export type ProxyHeader =
  /** Not whole yet. */
  | "more"
  /** No PROXY protocol. */
  | "bad"
  /** `length` bytes; no `peer` where the proxy speaks for itself or for a peer without an address. */
  | { readonly length: number; readonly peer: PeerAddress | undefined };

const V2_SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const V1_START = Buffer.from("PROXY ");
/** The longest line of version 1, its end included. */
const V1_MAX = 107;
/** Version 2 could be 64 KiB long; no proxy sends a hundredth of that. */
const V2_MAX = 4096;

/** Reads a header of the PROXY protocol, version 1 or 2. */
export function readProxyHeader(data: Buffer): ProxyHeader {
  if (startsLike(data, V2_SIGNATURE)) return data.length < 16 ? "more" : readV2(data);
  return startsLike(data, V1_START) ? readV1(data) : "bad";
}

function startsLike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.compare(start, 0, length, 0, length) === 0;
}

function readV1(data: Buffer): ProxyHeader {
  const end = data.subarray(0, V1_MAX).indexOf("\r\n");
  if (end < 0) return data.length < V1_MAX ? "more" : "bad";
  const [, family, address = "", , port = "", ...more] = data.toString("latin1", 0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { length, peer: undefined };
  const valid = family === "TCP4" ? isIPv4(address) : family === "TCP6" && isIPv6(address);
  if (!valid || more.length !== 1 || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) return "bad";
  return { length, peer: { address, port: Number(port) } };
}

function readV2(data: Buffer): ProxyHeader {
  const command = data[12]!;
  const family = data[13]! >> 4;
  const size = data.readUInt16BE(14);
  if (command >> 4 !== 2 || (command & 0x0f) > 1 || size > V2_MAX) return "bad";
  const length = 16 + size;
  if (data.length < length) return "more";
  // LOCAL: the proxy itself, as for its health checks.
  if ((command & 0x0f) === 0) return { length, peer: undefined };
  if (family === 1)
    return size < 12 ? "bad" : { length, peer: { address: ipv4(data, 16), port: data.readUInt16BE(24) } };
  if (family === 2)
    return size < 36 ? "bad" : { length, peer: { address: ipv6(data, 16), port: data.readUInt16BE(48) } };
  return { length, peer: undefined };
}

function ipv4(data: Buffer, offset: number): string {
  return data.subarray(offset, offset + 4).join(".");
}

function ipv6(data: Buffer, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(offset + 2 * index).toString(16));
  // The way that URLs write it, with the longest run of zeros left out.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
