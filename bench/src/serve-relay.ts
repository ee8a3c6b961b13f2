import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { reportTo } from "./server-process.js";

/**
 * The limit that a router can come close to: a WebSocket server that forwards frames and looks at none, and writes what
 * it has for a socket once per turn of the event loop. The client's path says what it is: `/caller/3` and `/callee/3`
 * get each other's frames, `/subscriber` all of `/publisher`'s.
 */
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  handleProtocols: (offered) => offered.values().next().value ?? false,
});

/** One client, with the socket under it, which the server's own upgrade request gives away. */
interface Peer {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
}

const pairs = new Map<string, Peer>();
const subscribers: Peer[] = [];
const corked: Socket[] = [];

function forward(peer: Peer, data: Buffer, binary: boolean): void {
  if (peer.socket.writableCorked === 0) {
    peer.socket.cork();
    if (corked.push(peer.socket) === 1) setImmediate(() => corked.splice(0).forEach((socket) => socket.uncork()));
  }
  peer.webSocket.send(data, { binary });
}

server.on("connection", (webSocket, request) => {
  const [, role = "", name = ""] = (request.url ?? "").split("/");
  const peer: Peer = { webSocket, socket: request.socket };
  if (role === "subscriber") return void subscribers.push(peer);
  if (role === "publisher")
    return void webSocket.on("message", (data, binary) => {
      for (const subscriber of subscribers) forward(subscriber, data as Buffer, binary);
    });
  const other = pairs.get(name);
  if (other === undefined) return void pairs.set(name, peer);
  pairs.delete(name);
  webSocket.on("message", (data, binary) => forward(other, data as Buffer, binary));
  other.webSocket.on("message", (data, binary) => forward(peer, data as Buffer, binary));
});
server.on("listening", () => reportTo((server.address() as { port: number }).port));
