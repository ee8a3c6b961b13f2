import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { ConfigError } from "@kreuz/codec";
import { joinHostPort, type PeerAddress, peerOf } from "../connection/peer-address.js";
import { positiveInteger, type TransportSettings } from "../connection/transport-settings.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { replaceTls, type TlsOptions, tlsServer } from "../tls/tls-options.js";
import { type AcceptedSocket, readStart } from "./accepted-socket.js";
import { AddressCounts, PendingSockets } from "./connection-limits.js";
import type { ListenOptions } from "./listen-options.js";
import { type AddressTest, readProxyHeader, trustedAddresses } from "./proxies.js";
import { clearUnixSocket, permitUnixSocket } from "./unix-socket.js";

/**
 * Listens on a port or on a Unix socket. It learns who connects, even behind a proxy, limits how many connect, encrypts
 * with TLS, and hands each socket on to whoever speaks a protocol on it.
 */
export class SocketServer {
  readonly pending: PendingSockets;
  readonly trusted: AddressTest;
  readonly perAddress: AddressCounts;
  readonly #options: ListenOptions;
  readonly #settings: TransportSettings;
  readonly #net: Server;
  readonly #tls: TlsServer | undefined;
  readonly #onAccepted: (accepted: AcceptedSocket) => void;
  readonly #sockets = new Set<Socket>();
  /** Peers of the sockets that are in their TLS handshake. */
  readonly #encrypting = new WeakMap<Socket, PeerAddress>();
  port = 0;

  /** @param protocols - offered by ALPN over TLS. */
  constructor(
    options: ListenOptions,
    settings: TransportSettings,
    protocols: readonly string[],
    onAccepted: (accepted: AcceptedSocket) => void,
  ) {
    this.#options = options;
    this.#settings = settings;
    this.#onAccepted = onAccepted;
    this.pending = new PendingSockets(
      settings,
      positiveInteger("maxPendingHandshakes", options.maxPendingHandshakes, 1000),
    );
    this.trusted = trustedAddresses(options.trustedProxies);
    const { maxConnectionsPerAddress: max } = options;
    this.perAddress = new AddressCounts(max && positiveInteger("maxConnectionsPerAddress", max, max));
    this.#net = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    if (options.tls === undefined) return;
    this.#tls = tlsServer(options.tls, protocols, settings.handshakeTimeout);
    this.#tls.on("secureConnection", (socket) => this.#onEncrypted(socket));
    // Node.js destroys the socket after this event.
    this.#tls.on("tlsClientError", () => {});
  }

  get encrypted(): boolean {
    return this.#tls !== undefined;
  }

  /** @throws ConfigError when the server was opened without TLS, or when the options cannot be used. */
  setTls(options: TlsOptions): void {
    if (this.#tls === undefined) throw new ConfigError("tls", "this listener was opened without TLS");
    replaceTls(this.#tls, options);
  }

  /** @throws Error naming the place when it cannot listen there. */
  async listen(): Promise<void> {
    const { unix, host = "127.0.0.1", port = 8080 } = this.#options;
    if (unix !== undefined) await clearUnixSocket(unix.path);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(listenError(error, unix?.path ?? joinHostPort(host, port)));
      this.#net.once("error", fail);
      this.#net.listen(unix === undefined ? { host, port } : { path: unix.path }, () => {
        this.#net.off("error", fail);
        this.#net.on("error", this.#settings.onError);
        resolve();
      });
    });
    if (unix === undefined) this.port = (this.#net.address() as AddressInfo).port;
    else await permitUnixSocket(unix);
  }

  /** Stops accepting and resolves when every socket is gone. Destroys those that are left after `closeTimeout`. */
  async close(): Promise<void> {
    const { clock, closeTimeout } = this.#settings;
    const cancel = clock.schedule(closeTimeout, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    const gone = new Promise((resolve) => this.#net.close(resolve));
    this.pending.destroyAll();
    await gone;
    cancel();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // An error without a listener would end the process.
    socket.on("error", ignore);
    if (!this.pending.add(socket)) return;
    const peer = peerOf(socket);
    const proxied = this.trusted(peer?.address);
    if (proxied && this.#options.proxyProtocol === true) this.#readProxyHeader(socket);
    // A trusted proxy carries everybody's connections. Its clients are counted where it names them.
    else if (proxied || this.#count(socket, peer)) this.#encrypt(socket, peer);
  }

  #readProxyHeader(socket: Socket): void {
    readStart(socket, (data) => {
      const header = readProxyHeader(data);
      if (header === "more") return "more";
      if (header === "bad") return void socket.destroy();
      const { peer = peerOf(socket), length } = header;
      if (!this.#count(socket, header.peer)) return undefined;
      if (length < data.length) socket.unshift(data.subarray(length));
      this.#encrypt(socket, peer);
      return undefined;
    });
  }

  #count(socket: Socket, peer: PeerAddress | undefined): boolean {
    if (this.perAddress.acquireUntilClose(socket, peer?.address)) return true;
    this.#settings.onLimit("connections-per-address");
    socket.destroy();
    return false;
  }

  #encrypt(netSocket: Socket, peer: PeerAddress | undefined): void {
    if (this.#tls === undefined)
      return this.#onAccepted({ socket: netSocket, netSocket, peer, tls: false, evidence: undefined });
    if (peer !== undefined) this.#encrypting.set(netSocket, peer);
    this.#tls.emit("connection", netSocket);
  }

  #onEncrypted(socket: TLSSocket): void {
    const netSocket = socketUnder(socket);
    socket.on("error", ignore);
    const peer = this.#encrypting.get(netSocket);
    this.#onAccepted({ socket, netSocket, peer, tls: true, evidence: tlsEvidence(socket, true) });
  }
}

/** Says in the message where it was to listen, and why that failed. The original error is the `cause`. */
function listenError(error: NodeJS.ErrnoException, place: string): Error {
  const reason = LISTEN_ERRORS[error.code ?? ""] ?? error.message;
  return new Error(`cannot listen on ${place}: ${reason}`, { cause: error });
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program uses that port",
  EACCES: "this user may not use that port",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOTFOUND: "no such host",
};

/** Node.js keeps the socket under a TLS socket in a field that its types do not have. */
function socketUnder(socket: TLSSocket): Socket {
  const { _parent: parent } = socket as TLSSocket & { readonly _parent?: Socket };
  if (parent === undefined) throw new Error("a TLS socket without a socket under it");
  return parent;
}

function ignore(): void {}
