import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Codec, PeerEvidence } from "@kreuz/codec";
import type { Arrival } from "../server/accepted-socket.js";
import { asError } from "../connection/as-error.js";
import { BatchWriter } from "../output/batch-writer.js";
import { Flusher } from "../output/flusher.js";
import { PlainWriter } from "../output/socket-writer.js";
import { Framer } from "../output/framer.js";
import { refuseUpgrade } from "../server/http-answers.js";
import type { HandshakeCookies } from "../server/listen-options.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import { describePeer } from "../connection/peer-address.js";
import type { Shared } from "../server/listener-context.js";
import { negotiate, type Subprotocol, type SubprotocolTable, subprotocolTable } from "../connection/subprotocol.js";
import { libraryOptions } from "../connection/transport-settings.js";
import { refusalOf } from "./check-upgrade.js";
import { WebSocketConnection } from "./websocket-connection.js";
import { webSocketFraming } from "./websocket-framing.js";

export interface WebSocketSideOptions {
  readonly path: string;
  readonly allows: OriginPolicy;
  readonly codecs: readonly Codec[];
  readonly cookies: HandshakeCookies | undefined;
}

/** The server's side of WebSocket: from an upgrade request to a connection. */
export class WebSocketSide {
  readonly #shared: Shared;
  readonly #path: string;
  readonly #allows: OriginPolicy;
  readonly #subprotocols: SubprotocolTable;
  readonly #library: WebSocketServer;
  readonly #flusher = new Flusher();
  readonly #framers = {
    text: new Framer(webSocketFraming(false), this.#flusher),
    binary: new Framer(webSocketFraming(true), this.#flusher),
  };

  readonly #cookies: HandshakeCookies | undefined;
  /** What `Set-Cookie` says in the answers that are about to go out. */
  readonly #setCookies = new WeakMap<IncomingMessage, string>();

  constructor(shared: Shared, options: WebSocketSideOptions) {
    this.#shared = shared;
    this.#cookies = options.cookies;
    this.#path = options.path;
    this.#allows = options.allows;
    const table = subprotocolTable(options.codecs);
    this.#subprotocols = table;
    this.#library = new WebSocketServer({
      ...libraryOptions(shared.settings),
      noServer: true,
      clientTracking: false,
      handleProtocols: (offered) => negotiate(table, offered)?.name ?? false,
    });
    this.#library.on("headers", (headers, request) => {
      const setCookie = this.#setCookies.get(request);
      if (setCookie !== undefined) headers.push(`Set-Cookie: ${setCookie}`);
    });
  }

  onUpgrade(request: IncomingMessage, head: Buffer, arrival: Arrival): void {
    const { open, settings } = this.#shared;
    const { socket, peer } = arrival;
    const rules = { path: this.#path, allows: this.#allows, subprotocols: this.#subprotocols, open };
    const refusal = refusalOf(request, peer?.address, rules);
    if (refusal !== undefined) {
      if (refusal.limit !== undefined) settings.onLimit(refusal.limit);
      return refuseUpgrade(socket, refusal.status, refusal.reason);
    }
    const known = { ...arrival, evidence: this.#withCookie(request, arrival) };
    this.#library.handleUpgrade(request, socket, head, (webSocket) => this.#admit(webSocket, known));
  }

  #withCookie(request: IncomingMessage, { tls, evidence }: Arrival): PeerEvidence | undefined {
    if (this.#cookies === undefined) return evidence;
    try {
      const { id, setCookie } = this.#cookies({ cookieHeader: request.headers.cookie, tls });
      if (setCookie !== undefined) this.#setCookies.set(request, setCookie);
      return { ...evidence, cookie: id };
    } catch (error) {
      // Without a cookie there are other ways to log in.
      this.#shared.settings.onError(asError(error));
      return evidence;
    }
  }

  #admit(webSocket: WebSocket, { socket, peer, tls, evidence }: Arrival): void {
    const { acceptor, open, settings } = this.#shared;
    const subprotocol = negotiate(this.#subprotocols, [webSocket.protocol]);
    if (subprotocol === undefined) return webSocket.terminate();
    const writer = webSocket.extensions === "" ? this.#writer(socket, subprotocol) : undefined;
    const connection = new WebSocketConnection({
      webSocket,
      socket,
      subprotocol,
      peer: describePeer(peer),
      tls,
      evidence,
      flusher: this.#flusher,
      settings,
      ...(writer === undefined ? {} : { writer }),
    });
    open.add(connection);
    // Before the connection's own listener, so that its handler finds itself no longer counted.
    webSocket.prependOnceListener("close", () => open.delete(connection));
    connection.admit(acceptor);
  }

  #writer(socket: Arrival["socket"], { codec, batch }: Subprotocol): PlainWriter | BatchWriter {
    const plain = new PlainWriter(socket, codec.binary ? this.#framers.binary : this.#framers.text);
    return batch === undefined ? plain : new BatchWriter(plain, batch);
  }
}
