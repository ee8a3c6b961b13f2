import { createServer, type Socket } from "node:net";
import { WebSocketServer } from "ws";

/**
 * The limit that a router can come close to: a server that forwards frames and looks at none but each connection's
 * first, and writes what it has for a socket once per turn of the event loop. The first says what a client is, and comes
 * back: `caller/3` and `callee/3` get each other's frames, `subscriber/0` all of the publisher's.
 */
const [webSocketPort, rawSocketPort] = process.argv.slice(2).map(Number);

/** One client. */
interface Peer {
  readonly socket: Socket;
  /** Queues one frame. */
  forward(data: Buffer): void;
}

const PART = /(caller|callee|publisher|subscriber|observer)\/(\d+)/;
const pairs = new Map<string, { caller?: Peer; callee?: Peer }>();
const subscribers = new Set<Peer>();
const corked: Socket[] = [];

/** Keeps what is written to a socket until the turn ends. */
function cork(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  if (corked.push(socket) === 1) setImmediate(() => corked.splice(0).forEach((each) => each.uncork()));
}

/** Takes a client's frames. */
function accept(peer: Peer): (data: Buffer) => void {
  let route: ((data: Buffer) => void) | undefined;
  return (data) => {
    if (route !== undefined) return route(data);
    const [, role = "", name = ""] = PART.exec(data.toString("latin1")) ?? [];
    route = routeOf(peer, role, name);
    cork(peer.socket);
    peer.forward(data);
  };
}

function routeOf(peer: Peer, role: string, name: string): (data: Buffer) => void {
  if (role === "publisher")
    return (data) => {
      for (const subscriber of subscribers) {
        cork(subscriber.socket);
        subscriber.forward(data);
      }
    };
  if (role !== "caller" && role !== "callee") {
    if (role === "subscriber") {
      subscribers.add(peer);
      peer.socket.once("close", () => subscribers.delete(peer));
    }
    return () => {};
  }
  const pair = pairs.get(name) ?? {};
  pairs.set(name, pair);
  pair[role] = peer;
  const other = role === "caller" ? "callee" : "caller";
  return (data) => {
    const { [other]: to } = pair;
    if (to === undefined) return;
    cork(to.socket);
    to.forward(data);
  };
}

new WebSocketServer({
  host: "127.0.0.1",
  port: webSocketPort!,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  handleProtocols: (offered) => offered.values().next().value ?? false,
}).on("connection", (webSocket, { socket }) => {
  let binary = false;
  const take = accept({ socket, forward: (data) => webSocket.send(data, { binary }) });
  webSocket.on("error", () => {});
  webSocket.on("message", (data: Buffer, isBinary) => {
    binary = isBinary;
    take(data);
  });
});

const HEADER = 4;

createServer({ noDelay: true }, (socket) => {
  const take = accept({ socket, forward: (data) => socket.write(data) });
  socket.on("error", () => {});
  socket.once("data", (handshake: Buffer) => {
    socket.write(handshake);
    let kept: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      const data = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      let at = 0;
      while (data.length - at >= HEADER) {
        const end = at + HEADER + data.readUIntBE(at + 1, 3);
        if (end > data.length) break;
        take(data.subarray(at, end));
        at = end;
      }
      kept = data.subarray(at);
    });
  });
}).listen(rawSocketPort, "127.0.0.1");
