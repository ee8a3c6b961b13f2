import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import {
  AuthorizationError,
  connect,
  credsAuthenticator,
  InvalidArgumentError,
  nkeyAuthenticator,
} from "@nats-io/transport-node";
import type { NatsCredentials, NatsServers, NatsTls } from "./nats-servers.js";

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
