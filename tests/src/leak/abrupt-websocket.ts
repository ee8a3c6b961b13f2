import type { Codec } from "@kreuz/codec";
import { WebSocket } from "ws";
import type { RandomClient } from "./random-client.js";

/** Connects a client over a WebSocket that it can drop without closing it first. */
export async function connectAbruptly(url: string, codec: Codec, client: RandomClient): Promise<void> {
  const socket = new WebSocket(url, codec.subprotocol);
  socket.binaryType = "arraybuffer";
  const { onFrame, onClose } = client.accept({
    codec,
    transport: { type: "websocket", protocol: codec.subprotocol, serializer: codec.id },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(frame) {
      socket.send(frame, { binary: codec.binary });
      return true;
    },
    sendMessage(message) {
      return this.send(codec.encode(message));
    },
    close: () => socket.close(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  });
  client.drop = () => socket.terminate();
  socket.on("message", (data) => onFrame(new Uint8Array(data as ArrayBuffer)));
  socket.on("close", () => onClose());
  await new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
}
