// What callers give. The types of the NATS client stay out of it: strict projects could not check them.

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
