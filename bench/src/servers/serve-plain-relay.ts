import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { serveRawSocket } from "./relay-rawsocket.js";
import { accept } from "./relay-routes.js";
import type { Ports } from "./server-spec.js";

/*
 * What a relay of WebSocket messages costs at least on Node.js: plain sockets, frames cut by hand, and forwarded in the memory
 * in which they arrived. It trusts its clients: no server that others can reach may do so.
 */
const ports = JSON.parse(process.argv[2]!) as Ports;
const { unmask } = createRequire(import.meta.url)("bufferutil") as { unmask(bytes: Buffer, mask: Buffer): void };
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

createServer({ noDelay: true }, (socket) => {
  const onFrame = accept({ socket, forward: (data) => socket.write(data) });
  socket.on("error", () => {});
  socket.once("data", (head: Buffer) => {
    socket.write(upgradeResponse(head.toString("latin1")));
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = data.subarray(forwardFrames(data, onFrame));
    });
  });
}).listen(ports.websocket, "127.0.0.1", 4096);

serveRawSocket(ports.rawsocket);

/** Forwards whole frames. @returns where the first bytes are that are none. */
function forwardFrames(data: Buffer, onFrame: (frame: Buffer) => void): number {
  let at = 0;
  while (at + 8 <= data.length) {
    const isShort = (data[at + 1]! & 0x7f) < 126;
    const payload = at + (isShort ? 6 : 8);
    const end = payload + (isShort ? data[at + 1]! & 0x7f : data.readUInt16BE(at + 2));
    if (end > data.length) break;
    unmask(data.subarray(payload, end), data.subarray(payload - 4, payload));
    // The header of a server goes where the mask was.
    const start = payload - (isShort ? 2 : 4);
    data[start] = data[at]!;
    data[start + 1] = data[at + 1]! & 0x7f;
    if (!isShort) data.writeUInt16BE(end - payload, start + 2);
    onFrame(data.subarray(start, end));
    at = end;
  }
  return at;
}

function upgradeResponse(request: string): string {
  const field = (name: string): string => new RegExp(`${name}: *([^\r]*)`, "i").exec(request)?.[1] ?? "";
  const key = createHash("sha1")
    .update(field("Sec-WebSocket-Key") + GUID)
    .digest("base64");
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: ${field("Sec-WebSocket-Protocol")}\r\n\r\n`
  );
}
