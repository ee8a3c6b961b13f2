import { createServer, type Socket } from "node:net";
import { WebSocketServer } from "ws";

/*
 * The baseline of the benchmark: a server that forwards frames without reading them, with one write per socket and turn
 * of the event loop. Only the first frame of a connection is read, and echoed. It names the role of the client: `caller/3`
 * and `callee/3` exchange frames, `subscriber/0` receives those of the publisher.
 */
const [webSocketPort, rawSocketPort] = process.argv.slice(2).map(Number);

/** One client. */
interface Peer {
  readonly socket: Socket;
  /** Queues one frame. */
  forward(data: Buffer): void;
}

const ROLE = /(caller|callee|publisher|subscriber|observer)\/(\d+)/;
const pairs = new Map<string, { caller?: Peer; callee?: Peer }>();
const subscribers = new Set<Peer>();
const corked: Socket[] = [];

/** Buffers what is written to a socket until the turn ends. */
function cork(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  if (corked.push(socket) === 1) setImmediate(() => corked.splice(0).forEach((each) => each.uncork()));
}

/** Returns the handler of a client's frames. */
function accept(peer: Peer): (data: Buffer) => void {
  let route: ((data: Buffer) => void) | undefined;
  return (data) => {
    if (route !== undefined) return route(data);
    const [, role = "", name = ""] = ROLE.exec(data.toString("latin1")) ?? [];
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
    const { [other]: receiver } = pair;
    if (receiver === undefined) return;
    cork(receiver.socket);
    receiver.forward(data);
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
  const onFrame = accept({ socket, forward: (data) => webSocket.send(data, { binary }) });
  webSocket.on("error", () => {});
  webSocket.on("message", (data: Buffer, isBinary) => {
    binary = isBinary;
    onFrame(data);
  });
});

const HEADER_BYTES = 4;

createServer({ noDelay: true }, (socket) => {
  const onFrame = accept({ socket, forward: (data) => socket.write(data) });
  socket.on("error", () => {});
  socket.once("data", (handshake: Buffer) => {
    socket.write(handshake);
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (data.length - at >= HEADER_BYTES) {
        const end = at + HEADER_BYTES + data.readUIntBE(at + 1, 3);
        if (end > data.length) break;
        onFrame(data.subarray(at, end));
        at = end;
      }
      rest = data.subarray(at);
    });
  });
}).listen(rawSocketPort, "127.0.0.1");
