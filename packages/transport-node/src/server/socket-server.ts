import { createServer, type Server, type Socket } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import { ConfigError, type Cut } from "@kreuz/codec";
import { ClientAccount } from "../connection/client-account.js";
import type { Pace } from "../connection/pace.js";
import { formatPeer, joinHostPort, type PeerAddress, peerOf } from "../connection/peer-address.js";
import { type LimitName, positiveInteger, type TransportSettings } from "../connection/transport-settings.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { prepareTls, type TlsOptions, tlsServer } from "../tls/tls-options.js";
import { type AcceptedSocket, ignoreError, readStart } from "./accepted-socket.js";
import { AddressCounts, PendingSockets } from "./connection-limits.js";
import type { ListenOptions } from "./listen-options.js";
import { maxOpenFiles, OPEN_FILES_REMEDY, tookLastDescriptor } from "./open-files.js";
import { type AddressTest, readProxyHeader, trustedAddresses } from "./proxies.js";
import type { ReportRefusal } from "./refusals.js";
import { clearUnixSocket, permitUnixSocket } from "./unix-socket.js";

/** Who is told what happens at a {@link SocketServer}. */
export interface SocketServerOwner {
  readonly onRefused: ReportRefusal;
  readonly onAccepted: (accepted: AcceptedSocket) => void;
  /** A network socket has closed, accepted or not. */
  readonly onClosed: (netSocket: Socket) => void;
}

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
  /** Shared by all sockets: a closure for each would stay as long as its socket. */
  readonly #onSocketClosed: (this: Socket) => void;
  readonly #tls: TlsServer | undefined;
  readonly #owner: SocketServerOwner;
  readonly #pace: Pace;
  readonly #sockets = new Map<Socket, ClientAccount | undefined>();
  /** Sockets whose handshake has not begun. */
  readonly #accepted: Socket[] = [];
  /** How many handshakes have begun in which turn. */
  #turn = -1;
  #begun = 0;
  /** Peers of the sockets that are in their TLS handshake. */
  readonly #encrypting = new WeakMap<Socket, PeerAddress>();
  #maxOpenFiles: number | undefined;
  #gone: Promise<unknown> | undefined;
  port = 0;
  /** Where a socket of {@link ListenOptions.fd} listens. */
  host = "";
  socketPath: string | undefined;

  /** @param protocols - offered by ALPN over TLS. */
  constructor(
    options: ListenOptions,
    settings: TransportSettings,
    pace: Pace,
    protocols: readonly string[],
    owner: SocketServerOwner,
  ) {
    this.#options = options;
    this.#settings = settings;
    this.#pace = pace;
    this.#owner = owner;
    const maxPending = positiveInteger("maxPendingHandshakes", options.maxPendingHandshakes, 10_000);
    this.pending = new PendingSockets(settings, {
      max: maxPending,
      maxPerAddress: positiveInteger(
        "maxPendingHandshakesPerAddress",
        options.maxPendingHandshakesPerAddress,
        Math.ceil(maxPending / 2),
      ),
      onDrop: (socket, limit) => this.#onDrop(socket, limit),
    });
    this.trusted = trustedAddresses(options.trustedProxies);
    const { maxConnectionsPerAddress: max } = options;
    this.perAddress = new AddressCounts(max && positiveInteger("maxConnectionsPerAddress", max, max));
    const onClosed = (socket: Socket): void => this.#onClose(socket);
    this.#onSocketClosed = function () {
      onClosed(this);
    };
    this.#net = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    if (options.tls === undefined) return;
    this.#tls = tlsServer(options.tls, protocols, settings.handshakeTimeout);
    this.#tls.on("secureConnection", (socket) => this.#onEncrypted(socket));
    this.#tls.on("tlsClientError", (error, socket) => this.#onTlsError(error, socket));
  }

  get encrypted(): boolean {
    return this.#tls !== undefined;
  }

  /** @throws ConfigError when the server was opened without TLS, or when the options cannot be used. */
  prepareTls(options: TlsOptions): () => void {
    const tls = this.#tls;
    if (tls === undefined) throw new ConfigError("tls", "this listener was opened without TLS");
    return prepareTls(tls, options);
  }

  /** @throws Error naming the place when it cannot listen there. */
  async listen(): Promise<void> {
    const { unix, fd, host = "127.0.0.1", port = 8080 } = this.#options;
    if (fd !== undefined && unix !== undefined) throw new ConfigError("fd", "listens instead of unix, not with it");
    if (unix !== undefined && unix.shared !== true) await clearUnixSocket(unix.path);
    this.#maxOpenFiles = maxOpenFiles();
    const place = fd === undefined ? (unix?.path ?? joinHostPort(host, port)) : `file descriptor ${fd}`;
    const backlog = BACKLOG;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(listenError(error, place));
      this.#net.once("error", fail);
      const where = unix === undefined ? { host, port, backlog } : { path: unix.path, backlog };
      this.#net.listen(fd === undefined ? where : { fd }, () => {
        this.#net.off("error", fail);
        this.#net.on("error", (error: NodeJS.ErrnoException) => this.#onAcceptError(error));
        resolve();
      });
    });
    const address = this.#net.address();
    if (typeof address === "string") this.socketPath = address;
    else if (address !== null) Object.assign(this, { port: address.port, host: address.address });
    if (unix !== undefined) await permitUnixSocket(unix);
  }

  /** Closes the port or Unix socket. Resolves when every socket is gone. */
  stopAccepting(): Promise<unknown> {
    return (this.#gone ??= new Promise((resolve) => this.#net.close(resolve)));
  }

  /** Stops accepting and resolves when every socket is gone. Destroys those that are left after `closeTimeout`. */
  async close(): Promise<void> {
    const { clock, closeTimeout } = this.#settings;
    const cancel = clock.schedule(closeTimeout, () => {
      for (const socket of this.#sockets.keys()) socket.destroy();
    });
    const gone = this.stopAccepting();
    for (const socket of this.#accepted.splice(0)) socket.destroy();
    this.pending.destroyAll();
    await gone;
    cancel();
  }

  /** Thousands may connect at once, after a restart: a turn begins only some, so that it can serve those it has begun. */
  #onConnection(socket: Socket): void {
    const { budget } = this.#options;
    const handshakeBytes = HANDSHAKE_BYTES + (this.encrypted ? TLS_BYTES : 0);
    const account = budget && new ClientAccount(budget, handshakeBytes, { onCut: (cut) => this.#cut(socket, cut) });
    this.#sockets.set(socket, account);
    // Not `once`, which makes three objects of its own that live as long as the socket.
    socket.on("close", this.#onSocketClosed);
    // An error without a listener would end the process.
    socket.on("error", ignoreError);
    if (tookLastDescriptor(socket, this.#maxOpenFiles))
      this.#owner.onRefused({
        reason: `all ${this.#maxOpenFiles} files that this process may have open are in use: clients that connect now are dropped`,
        remedy: OPEN_FILES_REMEDY,
      });
    this.#accepted.push(socket);
    if (this.#accepted.length === 1) this.#beginSome();
  }

  #onClose(socket: Socket): void {
    this.#sockets.get(socket)?.account.close();
    this.#sockets.delete(socket);
    this.#owner.onClosed(socket);
  }

  readonly #beginSome = (): void => {
    const { turn } = this.#pace;
    if (turn !== this.#turn) this.#begun = 0;
    this.#turn = turn;
    while (this.#accepted.length > 0 && this.#begun < MAX_BEGUN_PER_TURN) {
      this.#begun++;
      const socket = this.#accepted.shift()!;
      if (!socket.destroyed) this.#begin(socket);
    }
    if (this.#accepted.length > 0) setImmediate(this.#beginSome);
  };

  #begin(socket: Socket): void {
    const peer = peerOf(socket);
    const proxied = this.trusted(peer?.address);
    // A trusted proxy carries everybody's connections. Its clients are counted where it names them.
    this.pending.add(socket, proxied ? undefined : peer?.address);
    if (proxied && this.#options.proxyProtocol === true) this.#readProxyHeader(socket);
    else if (proxied || this.#count(socket, peer)) this.#encrypt(socket, peer);
  }

  #readProxyHeader(socket: Socket): void {
    readStart(socket, (data) => {
      const header = readProxyHeader(data);
      if (header === "more") return "more";
      if (header === "bad") {
        this.#refuse(socket, "the connection of a trusted proxy did not begin with a PROXY header", {
          remedy: "switch on the PROXY protocol in the proxy, or set proxyProtocol to false",
        });
        return undefined;
      }
      const { peer = peerOf(socket), length } = header;
      this.pending.name(socket, header.peer?.address);
      if (!this.#count(socket, header.peer)) return undefined;
      if (length < data.length) socket.unshift(data.subarray(length));
      this.#encrypt(socket, peer);
      return undefined;
    });
  }

  #count(socket: Socket, peer: PeerAddress | undefined): boolean {
    if (this.perAddress.acquireUntilClose(socket, peer?.address)) return true;
    this.#settings.onLimit("connections-per-address");
    this.#refuse(socket, `the address has ${this.perAddress.max} sockets already`, {
      limit: "connections-per-address",
      remedy: "raise maxConnectionsPerAddress",
      peer,
    });
    return false;
  }

  #encrypt(netSocket: Socket, peer: PeerAddress | undefined): void {
    const account = this.#sockets.get(netSocket);
    if (this.#tls === undefined)
      return this.#owner.onAccepted({ socket: netSocket, netSocket, peer, tls: false, evidence: undefined, account });
    if (peer !== undefined) this.#encrypting.set(netSocket, peer);
    this.#tls.emit("connection", netSocket);
  }

  #onEncrypted(socket: TLSSocket): void {
    const netSocket = socketUnder(socket);
    socket.on("error", ignoreError);
    const peer = this.#encrypting.get(netSocket);
    const account = this.#sockets.get(netSocket);
    this.#owner.onAccepted({ socket, netSocket, peer, tls: true, evidence: tlsEvidence(socket, true), account });
  }

  /** Node.js destroys the socket after this. */
  #onTlsError(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const netSocket = socketUnder(socket);
    // A client that goes away is none of ours, and a timeout has been reported.
    if (error.code === "ECONNRESET" || netSocket.destroyed) return;
    const peer = this.#encrypting.get(netSocket);
    this.#report(netSocket, `the TLS handshake failed: ${error.message}`, { peer, tls: true });
  }

  /** A client that waits could not be accepted. Without a descriptor for it, Node.js seldom gets this far. */
  #onAcceptError(error: NodeJS.ErrnoException): void {
    const exhausted = error.code === "EMFILE" || error.code === "ENFILE";
    this.#owner.onRefused({
      reason: `a client could not be accepted: ${error.message}`,
      ...(exhausted ? { remedy: OPEN_FILES_REMEDY } : {}),
    });
    if (!exhausted) this.#settings.onError(error);
  }

  #cut(socket: Socket, { message }: Cut): void {
    this.#settings.onLimit("memory");
    this.#refuse(socket, message, { limit: "memory", remedy: "raise the memory budget" });
  }

  #onDrop(socket: Socket, limit: "pending-handshakes" | "handshake-timeout"): void {
    const { handshakeTimeout, onLimit } = this.#settings;
    onLimit(limit);
    if (limit === "handshake-timeout")
      this.#report(socket, `no complete handshake or request within ${handshakeTimeout} ms`, { limit });
    else
      this.#report(socket, "dropped for a newer client: too many have not finished their handshake", {
        limit,
        remedy: "raise maxPendingHandshakes, or maxPendingHandshakesPerAddress for many clients of one address",
      });
  }

  #refuse(socket: Socket, reason: string, more: RefusalDetails): void {
    this.#report(socket, reason, more);
    socket.destroy();
  }

  #report(socket: Socket, reason: string, { peer = peerOf(socket), ...more }: RefusalDetails): void {
    const address = formatPeer(peer);
    this.#owner.onRefused({ reason, ...(address === undefined ? {} : { peer: address }), ...more });
  }
}

/** The rest of a refusal. */
interface RefusalDetails {
  readonly peer?: PeerAddress | undefined;
  readonly limit?: LimitName;
  readonly remedy?: string;
  readonly tls?: true;
}

/** Connections that the system accepts for us while we are busy; systems have a maximum of their own, such as 4096. */
const BACKLOG = 4096;
/** Handshakes that are begun in one turn. */
const MAX_BEGUN_PER_TURN = 64;
/** What a socket may take before its handshake is over: buffers of the system's data, and the head of a request. */
const HANDSHAKE_BYTES = 16 * 1024;
const TLS_BYTES = 32 * 1024;

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
