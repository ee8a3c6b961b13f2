import type { Codec } from "@kreuz/codec";
import { positiveInteger } from "../connection/transport-settings.js";
import { Flusher } from "../output/flusher.js";
import { Framer } from "../output/framer.js";
import { type AcceptedSocket, type ListenerContext, readStart } from "../server/accepted-socket.js";
import { RawSocketConnection } from "./rawsocket-connection.js";
import { rawSocketFraming } from "./rawsocket-framing.js";
import {
  announcedMaximum,
  decodeHandshake,
  encodeHandshake,
  encodeRefusal,
  HANDSHAKE_BYTES,
  MAGIC,
  MIN_ANNOUNCED_BYTES,
  RawSocketError,
  type RawSocketHandshake,
  type SerializerTable,
  serializerTable,
} from "./rawsocket-handshake.js";

/** Options of RawSocket. */
export interface RawSocketOptions {
  /**
   * The smallest maximum message length, in bytes, that a client may announce. The handshake of others is refused with
   * "maximum message length unacceptable". Default 512, the minimum of the specification.
   */
  readonly minPeerMessageBytes?: number;
}

/** The server end of RawSocket: from the four octets of the handshake to a connection. */
export class RawSocketProtocol {
  readonly #context: ListenerContext;
  readonly #codecs: SerializerTable;
  readonly #maxBytes: number;
  readonly #minPeerBytes: number;
  readonly #flusher = new Flusher();
  readonly #framer = new Framer(rawSocketFraming, this.#flusher);

  constructor(context: ListenerContext, options: RawSocketOptions & { readonly codecs: readonly Codec[] }) {
    this.#context = context;
    this.#codecs = serializerTable(options.codecs);
    this.#maxBytes = announcedMaximum(context.settings.maxMessageBytes);
    this.#minPeerBytes = positiveInteger("minPeerMessageBytes", options.minPeerMessageBytes, MIN_ANNOUNCED_BYTES);
  }

  /** @param onHandshake - called when the handshake has arrived, whether it is granted or not. */
  serve(accepted: AcceptedSocket, onHandshake: () => void): void {
    readStart(accepted.socket, (data) => {
      // A peer that speaks something else may wait for an answer before it sends four octets.
      if (data[0] !== MAGIC) return void accepted.socket.destroy();
      if (data.length < HANDSHAKE_BYTES) return "more";
      onHandshake();
      this.#answer(accepted, decodeHandshake(data), data.subarray(HANDSHAKE_BYTES));
      return undefined;
    });
  }

  #answer(accepted: AcceptedSocket, request: RawSocketHandshake, rest: Buffer): void {
    const { connections, settings } = this.#context;
    const codec = this.#codecs.get(request.serializer);
    if (request.reserved) return refuse(accepted, RawSocketError.RESERVED_BITS);
    if (codec === undefined) return refuse(accepted, RawSocketError.SERIALIZER_UNSUPPORTED);
    if (request.maxBytes < this.#minPeerBytes) return refuse(accepted, RawSocketError.LENGTH_UNACCEPTABLE);
    if (connections.closing) return refuse(accepted, RawSocketError.MAX_CONNECTIONS);
    if (connections.full) {
      settings.onLimit("connections");
      return refuse(accepted, RawSocketError.MAX_CONNECTIONS);
    }
    accepted.socket.write(encodeHandshake(this.#maxBytes, request.serializer));
    this.#admit(accepted, codec, request.maxBytes, rest);
  }

  #admit({ socket, peer, tls, evidence }: AcceptedSocket, codec: Codec, peerMaxBytes: number, rest: Buffer): void {
    const { acceptor, connections, settings } = this.#context;
    const connection = new RawSocketConnection({
      socket,
      codec,
      peer,
      tls,
      evidence,
      maxMessageBytes: this.#maxBytes,
      peerMaxBytes,
      framer: this.#framer,
      flusher: this.#flusher,
      settings,
      onClosed: () => connections.delete(connection),
    });
    connections.add(connection);
    connection.admit(acceptor, rest);
  }
}

function refuse({ socket }: AcceptedSocket, error: number): void {
  socket.write(encodeRefusal(error));
  // Reads and drops what the peer has sent. Unread data would turn the end into a reset, and the reply would be lost.
  socket.resume();
  socket.destroySoon();
}
