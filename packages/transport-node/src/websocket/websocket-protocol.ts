import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { asError, type Codec, type PeerEvidence } from "@kreuz/codec";
import { type WebSocket, WebSocketServer } from "ws";
import { formatPeer, type PeerAddress } from "../connection/peer-address.js";
import { negotiate, type SubprotocolTable, subprotocolTable } from "../connection/subprotocol.js";
import type { TransportSettings } from "../connection/transport-settings.js";
import type { AcceptedSocket, ListenerContext } from "../server/accepted-socket.js";
import { rejectUpgrade } from "../server/http-messages.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import type { UpgradeRequest } from "../server/upgrade-request.js";
import { checkUpgrade, type UpgradeRejection, type UpgradeRules } from "./check-upgrade.js";
import { WebSocketConnection } from "./websocket-connection.js";
import { type WebSocketFramers, webSocketFramers } from "./websocket-writer.js";

/**
 * Reads the cookie of an opening handshake, and may set one. The ids are evidence for authenticators (`PeerEvidence`), and
 * go nowhere else; `setCookie` is the value of a `Set-Cookie` header.
 */
export type HandshakeCookies = (request: { readonly cookieHeader: string | undefined; readonly tls: boolean }) => {
  readonly id: string;
  readonly nextId?: string;
  readonly setCookie?: string;
  /** The header had more cookies of one name than are looked at. */
  readonly tooMany?: boolean;
};

/** Options of a {@link WebSocketProtocol}. */
export interface WebSocketProtocolOptions {
  readonly path: string;
  readonly originPolicy: OriginPolicy;
  readonly codecs: readonly Codec[];
  readonly cookies: HandshakeCookies | undefined;
}

/** The server end of WebSocket: from an upgrade request to a connection. */
export class WebSocketProtocol {
  readonly #context: ListenerContext;
  readonly #rules: UpgradeRules;
  readonly #subprotocols: SubprotocolTable;
  readonly #cookies: HandshakeCookies | undefined;
  readonly #server: WebSocketServer;
  readonly #framers: WebSocketFramers;
  /** Values of the `Set-Cookie` header in the responses that are about to be sent. */
  readonly #setCookies = new WeakMap<UpgradeRequest, string>();
  readonly #peers = new WeakMap<UpgradeRequest, PeerAddress | undefined>();

  constructor(context: ListenerContext, { path, originPolicy, codecs, cookies }: WebSocketProtocolOptions) {
    const subprotocols = subprotocolTable(codecs);
    this.#context = context;
    this.#framers = webSocketFramers(context.pace.flusher);
    this.#rules = { path, originPolicy, subprotocols, connections: context.connections };
    this.#subprotocols = subprotocols;
    this.#cookies = cookies;
    this.#server = new WebSocketServer({
      ...wsOptions(context.settings),
      noServer: true,
      clientTracking: false,
      handleProtocols: (offered) => negotiate(subprotocols, offered)?.name ?? false,
    });
    // `ws` answers what is no proper handshake with 400 itself, unless somebody listens.
    this.#server.on("wsClientError", (error, socket, request) => {
      const peer = this.#peers.get(request);
      this.#report({ status: 400, reason: error.message }, request, peer);
      rejectUpgrade(socket as Socket, 400, error.message);
    });
    this.#server.on("headers", (headers, request) => {
      const setCookie = this.#setCookies.get(request);
      if (setCookie !== undefined) headers.push(`Set-Cookie: ${setCookie}`);
    });
  }

  onUpgrade(request: UpgradeRequest, head: Buffer, accepted: AcceptedSocket): void {
    const { socket, peer } = accepted;
    const rejection = checkUpgrade(request, peer?.address, this.#rules);
    if (rejection !== undefined) {
      this.#report(rejection, request, peer);
      return rejectUpgrade(socket, rejection.status, rejection.reason);
    }
    const evidence = this.#addCookie(request, accepted);
    this.#peers.set(request, peer);
    // What else a request has, `ws` does not look at.
    this.#server.handleUpgrade(request as IncomingMessage, socket, head, (webSocket) =>
      this.#admit(webSocket, { ...accepted, evidence }),
    );
  }

  #report(rejection: UpgradeRejection, request: UpgradeRequest, peer: PeerAddress | undefined): void {
    const { status, reason, limit, remedy } = rejection;
    const { origin } = request.headers;
    const address = formatPeer(peer);
    if (limit !== undefined) this.#context.settings.onLimit(limit);
    this.#context.report({
      reason: `a WebSocket was refused with ${status}: ${reason}`,
      ...(address === undefined ? {} : { peer: address }),
      ...(origin === undefined ? {} : { origin }),
      ...(limit === undefined ? {} : { limit }),
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  #addCookie(request: UpgradeRequest, { tls, evidence }: AcceptedSocket): PeerEvidence | undefined {
    if (this.#cookies === undefined) return evidence;
    try {
      const { id, nextId, setCookie, tooMany } = this.#cookies({ cookieHeader: request.headers.cookie, tls });
      if (tooMany === true) this.#context.settings.onLimit("cookies");
      if (setCookie !== undefined) this.#setCookies.set(request, setCookie);
      return { ...evidence, cookie: id, ...(nextId === undefined ? {} : { nextCookie: nextId }) };
    } catch (error) {
      // The client can still log in without a cookie.
      this.#context.settings.onError(asError(error));
      return evidence;
    }
  }

  #admit(webSocket: WebSocket, { socket, peer, tls, evidence, account }: AcceptedSocket): void {
    const { acceptor, connections, settings, pace } = this.#context;
    const subprotocol = negotiate(this.#subprotocols, [webSocket.protocol]);
    if (subprotocol === undefined) return webSocket.terminate();
    const connection = new WebSocketConnection({
      webSocket,
      socket,
      subprotocol,
      peer,
      tls,
      evidence,
      framers: this.#framers,
      flusher: pace.flusher,
      pace,
      account,
      settings,
      openConnections: connections,
    });
    connections.add(connection);
    connection.admit(acceptor);
  }
}

/** A message of 16 MiB in the smallest packets of the Internet has half as many pieces. */
const MAX_PIECES = 65_536;

/** Options of `ws` that follow from the settings, for both ends. */
export function wsOptions(settings: TransportSettings): object {
  return {
    maxPayload: settings.maxMessageBytes,
    perMessageDeflate: settings.compression && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 1024,
    },
    // The codecs of text subprotocols check the encoding themselves.
    skipUTF8Validation: true,
    // Each piece takes some memory, however short it is.
    maxBufferedChunks: MAX_PIECES,
    // Bounded in proportion to its length (`WebSocketReceiver`).
    maxFragments: 0,
    // Answered by the connection, which bounds how many wait.
    autoPong: false,
    // For closes that the peer begins. Ours are timed by the clock of the settings.
    closeTimeout: settings.closeTimeout,
  };
}
