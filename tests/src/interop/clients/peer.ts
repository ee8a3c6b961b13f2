import type { RouterProcess } from "../../support/router-process.js";

/**
 * A WAMP client in the words of the tests, whichever library it is and whichever codec it speaks. Options have the
 * names of the specification; each library's wrapper says where the library wants something else, or cannot.
 */
export interface Peer {
  readonly kind: PeerKind;
  /** Session id. */
  readonly session: number;
  /** What WELCOME said. */
  readonly welcome: Dict;
  /** How the session ended, as the client learned it. */
  readonly ended: Promise<Ending>;
  /** What the client holds against the router. */
  readonly complaints: readonly string[];
  subscribe(topic: string, options?: SubscribeOptions): Promise<Listening>;
  /** Resolves when the router has acknowledged it. */
  publish(topic: string, message?: Outgoing, options?: Dict): Promise<void>;
  register(procedure: string, handler: Handler, options?: Dict): Promise<Registered>;
  /** @throws Failure */
  call(procedure: string, message?: Outgoing, options?: CallOptions): Promise<Incoming>;
  /** A call that can be cancelled. */
  start(procedure: string, message?: Outgoing, options?: CallOptions): RunningCall;
  /** Says goodbye and waits for the end. */
  close(): Promise<Ending>;
}

export type Dict = Readonly<Record<string, unknown>>;
export type CodecName = "json" | "msgpack" | "cbor";

/** One library with one codec. */
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

/** What arrived. Nothing and empty are the same. */
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
  /** Asks for progressive results. */
  readonly onProgress?: (message: Incoming) => void;
}

export interface RunningCall {
  readonly result: Promise<Incoming>;
  cancel(mode: "skip" | "kill" | "killnowait"): void;
}

/** Events of one subscription, in order. */
export interface Listening {
  readonly events: readonly Received[];
  /** Waits for one more event, and gives the one that came first of those not given yet. */
  next(): Promise<Received>;
  unsubscribe(): Promise<void>;
}

export interface Registered {
  /** The reason, when the router took the registration back. */
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
