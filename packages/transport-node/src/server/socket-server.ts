import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { ConfigError } from "@kreuz/codec";
import { AddressCounts } from "./address-counts.js";
import type { Arrival } from "./accepted-socket.js";
import { listenError } from "./listen-error.js";
import type { ListenOptions } from "./listen-options.js";
import { type PeerAddress, peerOf } from "../connection/peer-address.js";
import { PendingSockets } from "./pending-sockets.js";
import { readProxyHeader } from "./proxy-protocol.js";
import { readStart } from "./read-start.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { replaceTls, type TlsOptions, tlsServer } from "../tls/tls-options.js";
import { type TransportSettings, wholeNumber } from "../connection/transport-settings.js";
import { type AddressTest, trustedAddresses } from "./trusted-addresses.js";
import { clearUnixSocket, permitUnixSocket } from "./unix-socket.js";

/**
 * The door that every listener has: it listens on a port or on a Unix socket, learns who connects, also from behind a
 * proxy, bounds how many do, gets TLS going, and hands the socket on. What is spoken on it is the taker's business.
 */
export class SocketServer {
  readonly pending: PendingSockets;
  readonly trusted: AddressTest;
  readonly perAddress: AddressCounts;
  readonly #options: ListenOptions;
  readonly #settings: TransportSettings;
  readonly #net: Server;
  readonly #tls: TlsServer | undefined;
  readonly #take: (arrival: Arrival) => void;
  readonly #sockets = new Set<Socket>();
  /** Whose sockets are on their way through TLS. */
  readonly #encrypting = new WeakMap<Socket, PeerAddress>();
  port = 0;

  /** @param protocols - offered by ALPN, where there is TLS. */
  constructor(
    options: ListenOptions,
    settings: TransportSettings,
    protocols: readonly string[],
    take: (arrival: Arrival) => void,
  ) {
    this.#options = options;
    this.#settings = settings;
    this.#take = take;
    this.pending = new PendingSockets(
      settings,
      wholeNumber("maxPendingHandshakes", options.maxPendingHandshakes, 1000),
    );
    this.trusted = trustedAddresses(options.trustedProxies);
    const { maxConnectionsPerAddress: max } = options;
    this.perAddress = new AddressCounts(max && wholeNumber("maxConnectionsPerAddress", max, max));
    this.#net = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    if (options.tls === undefined) return;
    this.#tls = tlsServer(options.tls, protocols, settings.handshakeTimeout);
    this.#tls.on("secureConnection", (socket) => this.#onEncrypted(socket));
    // The library destroys the socket after it.
    this.#tls.on("tlsClientError", () => {});
  }

  get encrypted(): boolean {
    return this.#tls !== undefined;
  }

  /** @throws ConfigError when there is no TLS, or it cannot use these. */
  setTls(options: TlsOptions): void {
    if (this.#tls === undefined) throw new ConfigError("tls", "this listener was opened without TLS");
    replaceTls(this.#tls, options);
  }

  /** @throws Error naming the place when it cannot listen there. */
  async listen(): Promise<void> {
    const { unix, host = "127.0.0.1", port = 8080 } = this.#options;
    if (unix !== undefined) await clearUnixSocket(unix.path);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(listenError(error, unix?.path ?? host, unix === undefined ? port : undefined));
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

  /** Stops accepting; resolves when every socket is gone, those that linger being destroyed after `closeTimeout`. */
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
    // Without a listener an error before anybody looks after the socket would end the process.
    socket.on("error", ignore);
    if (!this.pending.add(socket)) return;
    const peer = peerOf(socket);
    const proxied = this.trusted(peer?.address);
    if (proxied && this.#options.proxyProtocol === true) this.#readProxyHeader(socket);
    // A trusted proxy has everybody's connections; its clients are counted where they are named.
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
    if (this.perAddress.hold(socket, peer?.address)) return true;
    this.#settings.onLimit("connections-per-address");
    socket.destroy();
    return false;
  }

  #encrypt(raw: Socket, peer: PeerAddress | undefined): void {
    if (this.#tls === undefined) return this.#take({ socket: raw, raw, peer, tls: false, evidence: undefined });
    if (peer !== undefined) this.#encrypting.set(raw, peer);
    this.#tls.emit("connection", raw);
  }

  #onEncrypted(socket: TLSSocket): void {
    const raw = underTls(socket);
    socket.on("error", ignore);
    const evidence = tlsEvidence(socket, true);
    this.#take({ socket, raw, peer: this.#encrypting.get(raw), tls: true, evidence });
  }
}

/** The socket that a TLS server was given for this one. The library keeps it and does not say so. */
function underTls(socket: TLSSocket): Socket {
  const { _parent: parent } = socket as TLSSocket & { readonly _parent?: Socket };
  if (parent === undefined) throw new Error("a TLS socket without a socket under it");
  return parent;
}

function ignore(): void {}
