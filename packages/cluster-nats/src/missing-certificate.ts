import { connect } from "node:net";
import type { NatsServers } from "./nats-servers.js";

const TIMEOUT_MS = 2000;
/** A greeting is one line; that of a server with many others takes a few KiB. */
const MAX_GREETING = 64 * 1024;

/**
 * Whether a server demands a certificate and this process has none. A client cannot tell that from a connection that ends:
 * in TLS 1.3 the server refuses it only after the handshake. So this asks the server, which says it before.
 */
export async function lacksCertificate({ servers, tls }: NatsServers): Promise<boolean> {
  if (tls?.certFile !== undefined) return false;
  const greetings = await Promise.all(servers.map(greeting));
  return greetings.some((line) => /^INFO .*"tls_verify":\s*true/.test(line));
}

/** The first line that a server sends; empty when none comes. */
function greeting(server: string): Promise<string> {
  const { hostname, port } = new URL(server.includes("://") ? server : `nats://${server}`);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 4222) });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on("data", (data: Buffer) => {
      text += data.toString("latin1");
      if (text.includes("\n") || text.length > MAX_GREETING) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text.split("\n", 1)[0]!));
  });
}
