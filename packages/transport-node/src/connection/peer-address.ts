import type { Socket } from "node:net";

/** Address of a peer. A proxy does not always tell the port. */
export interface PeerAddress {
  readonly address: string;
  readonly port?: number;
}

/** The peer of a socket; `undefined` on a Unix socket. */
export function peerOf({ remoteAddress, remotePort }: Socket): PeerAddress | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { address: plainAddress(remoteAddress), port: remotePort };
}

/** A peer as text: `address:port`, or the address alone. */
export function formatPeer(peer: PeerAddress | undefined): string | undefined {
  if (peer === undefined) return undefined;
  return peer.port === undefined ? peer.address : joinHostPort(peer.address, peer.port);
}

/** An IPv4 address that a dual-stack socket has mapped to IPv6, as IPv4 again. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** What counts as one address: an IPv4 address, or the 64 bits of an IPv6 network, all of which one client can have. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("%", 1)[0]!.split("::");
  const first = groupsOf(head);
  const last = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return `${[...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":")}::/64`;
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":").map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
}

/** Host and port as in a URL: IPv6 in brackets. */
export function joinHostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
