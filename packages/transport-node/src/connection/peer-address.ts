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

/** Host and port as in a URL: IPv6 in brackets. */
export function joinHostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
