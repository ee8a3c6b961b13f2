import type { Connection, ConnectionHandler, Message } from "@kreuz/codec";
import { createJsonCodec } from "@kreuz/codec/json";
import type { WireClient } from "../wire-client.js";

const codec = createJsonCodec();

/** A transport that the test controls. */
export class Line {
  readonly sent: Message[] = [];
  readonly handler: ConnectionHandler;

  constructor(client: WireClient) {
    const connection: Connection = {
      codec,
      transport: { type: "test", protocol: codec.subprotocol, serializer: codec.id },
      bufferedBytes: 0,
      send: (frame) => this.sent.push(codec.decode(frame)) > 0,
      sendMessage: (message) => this.sent.push(message) > 0,
      close: () => this.handler.onClose(),
      pause: () => {},
      resume: () => {},
    };
    this.handler = client.accept(connection);
  }

  deliver(...messages: readonly Message[]): void {
    for (const message of messages) this.handler.onFrame(codec.encode(message));
  }
}
