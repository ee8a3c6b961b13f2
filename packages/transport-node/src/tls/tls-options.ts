import { createServer, type SecureContextOptions, type Server, type TlsOptions as NodeTlsOptions } from "node:tls";
import { ConfigError } from "@kreuz/codec";

/** The certificate and key of a listener, and the authorities that it trusts. Strings are PEM. */
export interface TlsMaterial {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  readonly passphrase?: string;
  /** Authorities whose client certificates are accepted. Default those that Node.js trusts. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** TLS options of a listener. */
export interface TlsOptions extends TlsMaterial {
  /** Asks clients for a certificate. Default `false`. */
  readonly requestCert?: boolean;
  /** With `requestCert`: refuses clients without a valid certificate. Default `true`. */
  readonly rejectUnauthorized?: boolean;
  /** Default `TLSv1.2`, which is also the minimum. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Cipher suites in OpenSSL's notation. Default those of Node.js. */
  readonly ciphers?: string;
}

/** TLS options of a client. Strings are PEM. */
export interface ClientTlsOptions {
  /** Authorities that may sign the server's certificate. Default those that Node.js trusts. */
  readonly ca?: TlsMaterial["ca"];
  /** The client's own certificate and its key, for servers that ask for one. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name that the server's certificate must contain. Default the host of the URL. */
  readonly servername?: string;
  /** Refuses servers without a valid certificate. Default `true`. */
  readonly rejectUnauthorized?: boolean;
  /** Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Default `TLSv1.3`. */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
}

/** {@link ClientTlsOptions} as Node.js takes them. */
export interface NodeClientTls {
  ca?: (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
  minVersion?: "TLSv1.2" | "TLSv1.3";
  maxVersion?: "TLSv1.2" | "TLSv1.3";
}

export function clientTls({ ca, cert, key, ...others }: ClientTlsOptions = {}): NodeClientTls {
  return {
    ...others,
    ...(ca === undefined ? {} : { ca: pemList(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
  };
}

/**
 * A TLS server that does not listen itself: emit `connection` with each socket.
 *
 * @param protocols - offered by ALPN (RFC 7301); a client that asks only for others is refused.
 * @throws ConfigError when key and certificate cannot be used.
 */
export function tlsServer(options: TlsOptions, protocols: readonly string[], handshakeTimeout: number): Server {
  const nodeOptions: NodeTlsOptions = {
    ...secureContext(options),
    requestCert: options.requestCert ?? false,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    handshakeTimeout,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
  };
  return withConfigError(() => createServer(nodeOptions));
}

/** Uses a new certificate for new connections. @throws ConfigError when it cannot be used; the old one stays. */
export function replaceTls(server: Server, options: TlsOptions): void {
  withConfigError(() => server.setSecureContext(secureContext(options)));
}

function secureContext({ cert, key, ca, passphrase, minVersion, ciphers }: TlsOptions): SecureContextOptions {
  return {
    cert: pem(cert),
    key: pem(key),
    minVersion: minVersion ?? "TLSv1.2",
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: pemList(ca) }),
    ...(ciphers === undefined ? {} : { ciphers }),
  };
}

function pemList(ca: NonNullable<TlsMaterial["ca"]>): (string | Buffer)[] {
  return (isList(ca) ? ca : [ca]).map(pem);
}

function isList(ca: NonNullable<TlsMaterial["ca"]>): ca is readonly (string | Uint8Array)[] {
  return Array.isArray(ca);
}

function pem(data: string | Uint8Array): string | Buffer {
  return typeof data === "string" ? data : Buffer.from(data);
}

function withConfigError<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new ConfigError("tls", `key and certificate cannot be used: ${(error as Error).message}`);
  }
}
