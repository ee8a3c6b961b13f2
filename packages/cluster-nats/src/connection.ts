import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { connect, credsAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";

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
  options: Pick<ConnectionOptions, "name" | "inboxPrefix" | "waitOnFirstConnect">,
): Promise<NatsConnection> {
  return connect({
    servers: [...servers],
    ...authentication(credentials),
    ...(tls === undefined ? {} : { tls: given(tls) }),
    noEcho: true,
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
  if (creds !== undefined) return { authenticator: credsAuthenticator(encoder.encode(creds)) };
  if (nkeySeed !== undefined) return { authenticator: nkeyAuthenticator(encoder.encode(nkeySeed)) };
  if (token !== undefined) return { token };
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { pass: password }) };
}

/** The client takes a key without a value for a setting. */
function given(tls: NatsTls): NonNullable<ConnectionOptions["tls"]> {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}
