import type { RouterProcess } from "../../support/router-process.js";

/**
 * The same API for every WAMP client library and codec. Options have the names of the specification. Comments in the
 * wrappers say where a library differs or lacks a feature.
 */
export interface Peer {
  readonly kind: PeerKind;
  /** The session id. */
  readonly session: number;
  /** The details of WELCOME. */
  readonly welcome: Dict;
  /** Resolves when the session has ended, with what the client was told. */
  readonly ended: Promise<Ending>;
  /** Errors in the router's behaviour that the library reported. */
  readonly errors: readonly string[];
  subscribe(topic: string, options?: SubscribeOptions): Promise<Subscription>;
  /** Resolves when the router has acknowledged the publication. */
  publish(topic: string, message?: Outgoing, options?: Dict): Promise<void>;
  register(procedure: string, handler: Handler, options?: Dict): Promise<Registration>;
  /** @throws Failure */
  call(procedure: string, message?: Outgoing, options?: CallOptions): Promise<Incoming>;
  /** Starts a call that can be canceled. */
  start(procedure: string, message?: Outgoing, options?: CallOptions): RunningCall;
  /** Sends GOODBYE and waits for the end of the session. */
  close(): Promise<Ending>;
}

export type Dict = Readonly<Record<string, unknown>>;
export type CodecName = "json" | "msgpack" | "cbor";

/** A library with a codec. */
export interface PeerKind {
  /** For titles of tests. */
  readonly name: string;
  readonly library: "Autobahn|JS" | "Wampy";
  readonly codec: CodecName;
  /** @throws Failure when the router refuses. */
  open(router: RouterProcess, realm?: string): Promise<Peer>;
}

export interface Outgoing {
  readonly args?: readonly unknown[];
  readonly kwargs?: Dict;
}

/** A received payload. Missing arguments are empty ones. */
export interface Incoming {
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
}

/** An event or an invocation. */
export interface Received extends Incoming {
  readonly details: Dict;
}

export interface Invocation extends Received {
  /** Sends a progressive result. */
  progress(message: Outgoing): void;
}

export type Handler = (invocation: Invocation) => Outgoing | Promise<Outgoing>;

export interface SubscribeOptions {
  readonly match?: "exact" | "prefix" | "wildcard";
  readonly get_retained?: boolean;
}

export interface CallOptions {
  readonly timeout?: number;
  readonly disclose_me?: boolean;
  readonly ppt_scheme?: string;
  readonly ppt_serializer?: string;
  /** Requests progressive results. */
  readonly onProgress?: (message: Incoming) => void;
}

export interface RunningCall {
  readonly result: Promise<Incoming>;
  cancel(mode: "skip" | "kill" | "killnowait"): void;
}

/** Events of one subscription, in order. */
export interface Subscription {
  readonly events: readonly Received[];
  /** Waits for the next event that it has not yet returned. */
  next(): Promise<Received>;
  unsubscribe(): Promise<void>;
}

export interface Registration {
  /** Resolves with the reason when the router has revoked the registration. */
  readonly revoked: Promise<string>;
  unregister(): Promise<void>;
}

/** The reason and message of the router's GOODBYE. */
export interface Ending {
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** A WAMP error with its payload, thrown by a handler or received by a caller. */
export class Failure extends Error {
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;

  constructor(uri: string, args: readonly unknown[] = [], kwargs: Dict = {}) {
    super(`${uri} ${JSON.stringify(args)}`);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** The error that a call fails with. */
export function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => new Error(`expected an error, got ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
}
