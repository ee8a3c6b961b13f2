import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import {
  AuthorizationError,
  connect,
  credsAuthenticator,
  InvalidArgumentError,
  nkeyAuthenticator,
} from "@nats-io/transport-node";

/** How this process proves to NATS who it is: one of these. */
export interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The seed of an nkey; begins with `SU`. */
  readonly nkeySeed?: string | undefined;
  /** The text of a `.creds` file. */
  readonly creds?: string | undefined;
}

/** Files in PEM format for TLS, which is used when they are given or the server demands it. */
export interface NatsTls {
  /** The authorities that the server's certificate is checked against. Default: those of Node.js. */
  readonly caFile?: string | undefined;
  /** A certificate of this process, for servers that demand one, and its private key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Where the NATS servers are, and how to log in there. */
export interface NatsServers {
  /** URLs, for example `nats://127.0.0.1:4222`. */
  readonly servers: readonly string[];
  readonly tls?: NatsTls | undefined;
  readonly credentials?: NatsCredentials | undefined;
}

/** Connects, and connects again whenever the connection is lost. Rejects when a server refuses. */
export function connectTo(
  { servers, tls, credentials }: NatsServers,
  options: Pick<ConnectionOptions, "name" | "inboxPrefix">,
): Promise<NatsConnection> {
  return connect({
    servers: [...servers],
    ...authentication(credentials),
    ...(tls === undefined ? {} : { tls: given(tls) }),
    noEcho: true,
    timeout: 5000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    pingInterval: 5000,
    maxPingOut: 2,
    ...options,
  });
}

function authentication(credentials: NatsCredentials = {}): Partial<ConnectionOptions> {
  const { user, password, token, nkeySeed, creds } = credentials;
  const encoder = new TextEncoder();
  // The client finds the end of the seed only by the line break after it.
  if (creds !== undefined) return { authenticator: credsAuthenticator(encoder.encode(`${creds.trim()}\n`)) };
  if (nkeySeed !== undefined) return { authenticator: nkeyAuthenticator(encoder.encode(nkeySeed)) };
  if (token !== undefined) return { token };
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
}

/** The client takes a key without a value for a setting. */
function given(tls: NatsTls): NonNullable<ConnectionOptions["tls"]> {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

/** One end does not trust the other, or a file cannot be read. */
const REFUSED = /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ENOENT|EACCES)/;

/** Whether waiting does not help: a server refuses this process, or this process a server. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AuthorizationError || error instanceof InvalidArgumentError) return true;
  if (typeof error !== "object" || error === null) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return (typeof code === "string" && REFUSED.test(code)) || isRefusal(cause);
}
