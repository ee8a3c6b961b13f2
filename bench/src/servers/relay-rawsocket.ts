import { createServer } from "node:net";
import { accept } from "./relay-routes.js";

const HEADER_BYTES = 4;

/** A relay of RawSocket messages. */
export function serveRawSocket(port: number): void {
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
  }).listen(port, "127.0.0.1");
}
