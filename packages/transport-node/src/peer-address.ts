import type { Socket } from "node:net";

/** The peer of a socket as `address:port`, or `undefined` where there is none, as on a Unix socket. */
export function peerAddress(socket: Socket): string | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return joinHostPort(remoteAddress, remotePort);
}

/** Host and port as a URL has them: IPv6 in brackets, and IPv4 as IPv4 even when a dual-stack socket says otherwise. */
export function joinHostPort(host: string, port: number): string {
  const plain = host.startsWith("::ffff:") && host.includes(".") ? host.slice("::ffff:".length) : host;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
