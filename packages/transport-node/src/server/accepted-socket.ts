import type { Socket } from "node:net";
import type { Acceptor, Budget, PeerEvidence } from "@kreuz/codec";
import type { ClientAccount } from "../connection/client-account.js";
import type { Pace } from "../connection/pace.js";
import type { PeerAddress } from "../connection/peer-address.js";
import type { TransportSettings } from "../connection/transport-settings.js";
import type { OpenConnections } from "./connection-limits.js";
import type { ReportRefusal } from "./refusals.js";
import type { Routes } from "./fetch-route.js";

/** A socket that the listener has accepted, past the PROXY protocol and TLS, and what is known about its peer. */
export interface AcceptedSocket {
  /** The socket to read from and write to. */
  readonly socket: Socket;
  /** The network socket: {@link socket} itself, or the one under TLS. */
  readonly netSocket: Socket;
  /** Who connected, or the client that a trusted proxy named. */
  readonly peer: PeerAddress | undefined;
  readonly tls: boolean;
  readonly evidence: PeerEvidence | undefined;
  /** What the client holds is charged here; absent without a budget. */
  readonly account: ClientAccount | undefined;
}

/** Listens to the errors of a socket until it has a connection, which listens itself. */
export function ignoreError(): void {}

/** What all protocols of one listener share. */
export interface ListenerContext {
  readonly acceptor: Acceptor;
  readonly settings: TransportSettings;
  readonly connections: OpenConnections;
  readonly budget: Budget | undefined;
  readonly report: ReportRefusal;
  readonly pace: Pace;
}

/** What is spoken at a listener: turns sockets into connections. */
export interface Protocol {
  /** Takes over a socket. */
  serve(accepted: AcceptedSocket): void;
  /** Checks other routes. @returns a function that uses them for new requests. Absent: it serves no HTTP. */
  prepareRoutes?(routes: Routes): () => void;
  /** Its connections need sockets that are yet to come: long-poll takes one for each request. */
  readonly needsNewSockets?: boolean;
  /** The listener is closing and its last connection is gone: destroys the sockets that are idle. */
  closeIdleSockets?(): void;
  /** The listener is closing and its last socket is gone: ends the connections that outlived theirs. */
  endConnections?(): void;
}

/**
 * Reads the first bytes of a socket until `judge` has seen enough. `judge` must `unshift` what it does not use; whoever
 * gets the socket next reads on from there.
 */
export function readStart(socket: Socket, judge: (data: Buffer) => "more" | undefined | void): void {
  let data: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    data = data.length === 0 ? chunk : Buffer.concat([data, chunk]);
    // Removed before `judge` runs and added again after it, so that the next owner finds no listener of ours.
    socket.off("readable", onReadable);
    if (judge(data) === "more") socket.on("readable", onReadable);
  };
  socket.on("readable", onReadable);
}
