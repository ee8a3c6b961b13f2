import type { Socket } from "node:net";

/** Where a peer is. A proxy does not always tell the port. */
export interface PeerAddress {
  readonly address: string;
  readonly port?: number;
}

/** The peer of a socket, or `undefined` where there is none, as on a Unix socket. */
export function peerOf({ remoteAddress, remotePort }: Socket): PeerAddress | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { address: plainAddress(remoteAddress), port: remotePort };
}

/** A peer for people: `address:port`. */
export function describePeer(peer: PeerAddress | undefined): string | undefined {
  if (peer === undefined) return undefined;
  return peer.port === undefined ? peer.address : joinHostPort(peer.address, peer.port);
}

/** The peer of a socket as `address:port`, or `undefined` where there is none. */
export function peerAddress(socket: Socket): string | undefined {
  return describePeer(peerOf(socket));
}

/** IPv4 as IPv4, even when a dual-stack socket says otherwise. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** Host and port as a URL has them: IPv6 in brackets. */
export function joinHostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
