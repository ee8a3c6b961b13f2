import type { Codec } from "@kreuz/codec";
import { formatPeer } from "../connection/peer-address.js";
import { positiveInteger } from "../connection/transport-settings.js";
import { Framer } from "../output/framer.js";
import { type AcceptedSocket, type ListenerContext, readStart } from "../server/accepted-socket.js";
import { RawSocketConnection } from "./rawsocket-connection.js";
import { rawSocketFraming } from "./rawsocket-framing.js";
import {
  announcedMaximum,
  decodeHandshake,
  encodeHandshake,
  encodeRefusal,
  errorText,
  HANDSHAKE_BYTES,
  MAGIC,
  RawSocketError,
  type RawSocketHandshake,
  type SerializerTable,
  serializerTable,
} from "./rawsocket-handshake.js";

/** Options of RawSocket. */
export interface RawSocketOptions {
  /**
   * The smallest maximum message length, in bytes, that a client may announce. The handshake of others is refused with
   * "maximum message length unacceptable". Default 2048: a WELCOME with the features of the router does not fit into
   * less.
   */
  readonly minPeerMessageBytes?: number;
}

/** More than a WELCOME of this project's router has, which is about 1060 bytes in JSON. */
const DEFAULT_MIN_PEER_BYTES = 2048;

/** The server end of RawSocket: from the four octets of the handshake to a connection. */
export class RawSocketProtocol {
  readonly #context: ListenerContext;
  readonly #codecs: SerializerTable;
  readonly #maxBytes: number;
  readonly #minPeerBytes: number;
  readonly #framer: Framer;

  constructor(context: ListenerContext, options: RawSocketOptions & { readonly codecs: readonly Codec[] }) {
    this.#context = context;
    this.#framer = new Framer(rawSocketFraming, context.pace.flusher);
    this.#codecs = serializerTable(options.codecs);
    this.#maxBytes = announcedMaximum(context.settings.maxMessageBytes);
    this.#minPeerBytes = positiveInteger("minPeerMessageBytes", options.minPeerMessageBytes, DEFAULT_MIN_PEER_BYTES);
  }

  /** @param onHandshake - called when the handshake has arrived, whether it is granted or not. */
  serve(accepted: AcceptedSocket, onHandshake: () => void): void {
    readStart(accepted.socket, (data) => {
      // A peer that speaks something else may wait for an answer before it sends four octets.
      if (data[0] !== MAGIC) {
        this.#report(accepted, "the first byte is not that of a RawSocket handshake");
        return void accepted.socket.destroy();
      }
      if (data.length < HANDSHAKE_BYTES) return "more";
      onHandshake();
      this.#answer(accepted, decodeHandshake(data), data.subarray(HANDSHAKE_BYTES));
      return undefined;
    });
  }

  #answer(accepted: AcceptedSocket, request: RawSocketHandshake, rest: Buffer): void {
    const { connections, settings } = this.#context;
    const codec = this.#codecs.get(request.serializer);
    if (request.reserved) return this.#refuse(accepted, RawSocketError.RESERVED_BITS);
    if (codec === undefined) return this.#refuse(accepted, RawSocketError.SERIALIZER_UNSUPPORTED, "add its codec");
    if (request.maxBytes < this.#minPeerBytes)
      return this.#refuse(
        accepted,
        RawSocketError.LENGTH_UNACCEPTABLE,
        `the client accepts ${request.maxBytes} bytes only: let it accept more, or lower minPeerMessageBytes`,
      );
    if (connections.closing) return this.#refuse(accepted, RawSocketError.MAX_CONNECTIONS);
    if (!connections.makeRoom()) {
      settings.onLimit("connections");
      return this.#refuse(accepted, RawSocketError.MAX_CONNECTIONS, "raise maxConnections");
    }
    accepted.socket.write(encodeHandshake(this.#maxBytes, request.serializer));
    this.#admit(accepted, codec, request.maxBytes, rest);
  }

  #refuse(accepted: AcceptedSocket, error: number, remedy?: string): void {
    this.#report(accepted, `a RawSocket was refused with error ${error}: ${errorText(error)}`, remedy);
    refuse(accepted, error);
  }

  #report({ peer }: AcceptedSocket, reason: string, remedy?: string): void {
    const address = formatPeer(peer);
    this.#context.report({
      reason,
      ...(address === undefined ? {} : { peer: address }),
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  #admit(accepted: AcceptedSocket, codec: Codec, peerMaxBytes: number, rest: Buffer): void {
    const { socket, peer, tls, evidence, account } = accepted;
    const { acceptor, connections, settings, pace } = this.#context;
    const connection = new RawSocketConnection({
      socket,
      codec,
      peer,
      tls,
      evidence,
      maxMessageBytes: this.#maxBytes,
      peerMaxBytes,
      framer: this.#framer,
      flusher: pace.flusher,
      pace,
      account,
      settings,
      openConnections: connections,
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
