import type { Codec } from "@kreuz/codec";
import type { Arrival } from "../server/accepted-socket.js";
import { Flusher } from "../output/flusher.js";
import { PlainWriter } from "../output/socket-writer.js";
import { Framer } from "../output/framer.js";
import type { ListenOptions, RawSocketOptions } from "../server/listen-options.js";
import { describePeer } from "../connection/peer-address.js";
import { RawSocketConnection } from "./rawsocket-connection.js";
import { rawSocketFraming } from "./rawsocket-framing.js";
import {
  announcedMaximum,
  decodeHandshake,
  encodeHandshake,
  encodeRefusal,
  HANDSHAKE_BYTES,
  LEAST_MAX_BYTES,
  MAGIC,
  RawSocketError,
  type RawHandshake,
  type SerializerTable,
  serializerTable,
} from "./rawsocket-handshake.js";
import { readStart } from "../server/read-start.js";
import type { Shared } from "../server/listener-context.js";
import { wholeNumber } from "../connection/transport-settings.js";

/** The server's side of RawSocket: from the four octets of the handshake to a connection. */
export class RawSocketSide {
  readonly #shared: Shared;
  readonly #codecs: SerializerTable;
  readonly #maxBytes: number;
  readonly #minPeerBytes: number;
  readonly #flusher = new Flusher();
  readonly #framer = new Framer(rawSocketFraming, this.#flusher);

  constructor(shared: Shared, options: ListenOptions & RawSocketOptions) {
    this.#shared = shared;
    this.#codecs = serializerTable(options.codecs);
    this.#maxBytes = announcedMaximum(shared.settings.maxMessageBytes);
    this.#minPeerBytes = wholeNumber("minPeerMessageBytes", options.minPeerMessageBytes, LEAST_MAX_BYTES);
  }

  /** @param settle - called when the handshake is over, however it ended. */
  take(arrival: Arrival, settle: () => void): void {
    readStart(arrival.socket, (data) => {
      // A peer that speaks something else may wait for an answer before it sends four octets.
      if (data[0] !== MAGIC) return void arrival.socket.destroy();
      if (data.length < HANDSHAKE_BYTES) return "more";
      settle();
      this.#answer(arrival, decodeHandshake(data), data.subarray(HANDSHAKE_BYTES));
      return undefined;
    });
  }

  #answer(arrival: Arrival, request: RawHandshake, rest: Buffer): void {
    const { open, settings } = this.#shared;
    const codec = this.#codecs.get(request.serializer);
    if (request.reserved) return refuse(arrival, RawSocketError.RESERVED_BITS);
    if (codec === undefined) return refuse(arrival, RawSocketError.SERIALIZER_UNSUPPORTED);
    if (request.maxBytes < this.#minPeerBytes) return refuse(arrival, RawSocketError.LENGTH_UNACCEPTABLE);
    if (open.full || open.closing) {
      if (!open.closing) settings.onLimit("connections");
      return refuse(arrival, RawSocketError.CONNECTIONS_TAKEN);
    }
    arrival.socket.write(encodeHandshake(this.#maxBytes, request.serializer));
    this.#admit(arrival, codec, request.maxBytes, rest);
  }

  #admit({ socket, peer, tls, evidence }: Arrival, codec: Codec, peerMaxBytes: number, rest: Buffer): void {
    const { acceptor, open, settings } = this.#shared;
    // Before the connection's own listener, so that its handler finds itself no longer counted.
    socket.once("close", () => open.delete(connection));
    const connection = new RawSocketConnection({
      socket,
      codec,
      peer: describePeer(peer),
      tls,
      evidence,
      maxMessageBytes: this.#maxBytes,
      peerMaxBytes,
      writer: new PlainWriter(socket, this.#framer),
      flusher: this.#flusher,
      settings,
    });
    open.add(connection);
    connection.admit(acceptor, rest);
  }
}

function refuse({ socket }: Arrival, error: number): void {
  socket.write(encodeRefusal(error));
  // What it has sent already is read and thrown away: unread, it would turn the end into a reset that takes the reply along.
  socket.resume();
  socket.destroySoon();
}
