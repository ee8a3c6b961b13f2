import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { ConfigError } from "@kreuz/codec";
import { type PeerAddress, plainAddress } from "../connection/peer-address.js";

/** Whether an address is in a list. `undefined`, the peer of a Unix socket, is in a list that contains `unix`. */
export type AddressTest = (address: string | undefined) => boolean;

/**
 * @param list - addresses, networks such as `10.0.0.0/8`, and `unix` for peers on a Unix socket.
 * @throws ConfigError for any other entry.
 */
export function trustedAddresses(list: readonly string[] | undefined): AddressTest {
  // A look-up in a `BlockList` is slow, and most lists are empty.
  if (list === undefined || list.length === 0) return () => false;
  const networks = new BlockList();
  let unix = false;
  for (const entry of list) {
    if (entry === "unix") unix = true;
    else addNetwork(networks, entry);
  }
  return (address) => {
    if (address === undefined) return unix;
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && networks.check(plain, family === 6 ? "ipv6" : "ipv4");
  };
}

function addNetwork(networks: BlockList, entry: string): void {
  const [address = "", bits, ...more] = entry.split("/");
  const family = isIP(address);
  const width = family === 6 ? 128 : 32;
  const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === 0 || more.length > 0 || length < 0 || length > width)
    throw new ConfigError("trustedProxies", `expected an address, a network or "unix", got "${entry}"`);
  networks.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
}

/**
 * The last address of a chain of proxies that is not a trusted proxy itself, or the first one of all. Anybody may have
 * written what stands before it.
 */
function clientAmong(hops: readonly string[], trusted: AddressTest): string | undefined {
  let client: string | undefined;
  for (const hop of hops.toReversed()) {
    const address = withoutPort(hop.trim());
    if (isIP(address) === 0) break;
    client = address;
    if (!trusted(address)) break;
  }
  return client;
}

/** The headers by which proxies name the client. */
export interface ForwardingHeaders {
  readonly forwarded?: string | undefined;
  readonly "x-forwarded-for"?: string | readonly string[] | undefined;
  readonly "x-real-ip"?: string | readonly string[] | undefined;
}

/**
 * The client behind a chain of trusted proxies, from `Forwarded` (RFC 7239), `X-Forwarded-For` and `X-Real-IP`. Most proxies
 * set one of them and pass on the others as the client wrote them, so they count only if they name the same client. A
 * header that names a trusted proxy says nothing: `X-Real-IP` is often the proxy before the last.
 *
 * @returns `undefined` when no header names a client, or two name different ones.
 */
export function clientOf(headers: ForwardingHeaders, trusted: AddressTest): string | undefined {
  const named = [
    clientAmong(hopsOf(headers.forwarded ?? ""), trusted),
    clientAmong(addressesOf(headers["x-forwarded-for"]), trusted),
    clientAmong(addressesOf(headers["x-real-ip"]), trusted),
  ].filter((client) => client !== undefined);
  const clients = named.filter((client) => !trusted(client));
  const [first = named[0]] = clients;
  return clients.every((client) => client === first) ? first : undefined;
}

function addressesOf(header: string | readonly string[] | undefined): readonly string[] {
  return (typeof header === "string" ? header : (header ?? []).join(",")).split(",");
}

/** The `for` of each element of a `Forwarded` header; an element without one hides who is before it. */
function hopsOf(forwarded: string): readonly string[] {
  return splitOutsideQuotes(forwarded, ",").map((element) => {
    for (const pair of splitOutsideQuotes(element, ";")) {
      const [, value] = /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair) ?? [];
      if (value !== undefined) return value.replace(/^"(.*)"$/, "$1");
    }
    return "unknown";
  });
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts = [""];
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    if (char === separator && !quoted) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Some proxies add the port. */
function withoutPort(hop: string): string {
  const [, bracketed, bare] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(hop) ?? [];
  return bracketed ?? bare ?? hop;
}

/** What the first bytes of a connection say about the client behind a proxy. */
export type ProxyHeader =
  /** The header is incomplete. */
  | "more"
  /** Not the PROXY protocol. */
  | "bad"
  /** A header of `length` bytes. No `peer` when the proxy speaks for itself, or for a peer without an address. */
  | { readonly length: number; readonly peer: PeerAddress | undefined };

const V2_SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const V1_SIGNATURE = Buffer.from("PROXY ");
/** The longest line of version 1, with its end. */
const MAX_V1_BYTES = 107;
/** Version 2 allows 64 KiB; no proxy sends a hundredth of that. */
const MAX_V2_BYTES = 4096;

/** Reads a header of the PROXY protocol, version 1 or 2. */
export function readProxyHeader(data: Buffer): ProxyHeader {
  if (startsLike(data, V2_SIGNATURE)) return data.length < 16 ? "more" : readV2(data);
  return startsLike(data, V1_SIGNATURE) ? readV1(data) : "bad";
}

function startsLike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.compare(start, 0, length, 0, length) === 0;
}

function readV1(data: Buffer): ProxyHeader {
  const end = data.subarray(0, MAX_V1_BYTES).indexOf("\r\n");
  if (end < 0) return data.length < MAX_V1_BYTES ? "more" : "bad";
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
  if (command >> 4 !== 2 || (command & 0x0f) > 1 || size > MAX_V2_BYTES) return "bad";
  const length = 16 + size;
  if (data.length < length) return "more";
  // LOCAL: the proxy speaks for itself, for example in a health check.
  if ((command & 0x0f) === 0) return { length, peer: undefined };
  if (family === 1)
    return size < 12 ? "bad" : { length, peer: { address: readIPv4(data, 16), port: data.readUInt16BE(24) } };
  if (family === 2)
    return size < 36 ? "bad" : { length, peer: { address: readIPv6(data, 16), port: data.readUInt16BE(48) } };
  return { length, peer: undefined };
}

function readIPv4(data: Buffer, offset: number): string {
  return data.subarray(offset, offset + 4).join(".");
}

function readIPv6(data: Buffer, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(offset + 2 * index).toString(16));
  // `URL` shortens the longest run of zeros.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
