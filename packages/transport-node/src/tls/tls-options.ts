import { createServer, type SecureContextOptions, type Server, type TlsOptions as NodeTlsOptions } from "node:tls";
import { ConfigError } from "@kreuz/codec";

/** The certificate of a listener, and those that it trusts. Texts are PEM. */
export interface TlsMaterial {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  readonly passphrase?: string;
  /** Authorities whose client certificates are accepted. By default those that Node.js knows. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
}

/** TLS of a listener. */
export interface TlsOptions extends TlsMaterial {
  /** Asks clients for a certificate. Default `false`. */
  readonly requestCert?: boolean;
  /** Refuses clients without a certificate that verifies, where one is asked for. Default `true`. */
  readonly rejectUnauthorized?: boolean;
  /** Default `TLSv1.2`, which is also the least. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Cipher suites in OpenSSL's notation. By default those of Node.js. */
  readonly ciphers?: string;
}

/** TLS of a client. Texts are PEM. */
export interface ClientTlsOptions {
  /** Authorities that may vouch for the server. By default those that Node.js knows. */
  readonly ca?: TlsMaterial["ca"];
  /** The client's own certificate, for servers that ask for one, and its key. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name that the server's certificate must have. Default the host of the URL. */
  readonly servername?: string;
  /** Ends the connection to a server whose certificate does not verify. Default `true`. */
  readonly rejectUnauthorized?: boolean;
  /** Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Default `TLSv1.3`. */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
}

/** {@link ClientTlsOptions} in the words of Node.js. */
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
    ...(ca === undefined ? {} : { ca: (isList(ca) ? ca : [ca]).map(pem) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
  };
}

/**
 * A TLS server that is given its sockets, instead of listening.
 *
 * @param protocols - what is offered by ALPN (RFC 7301); a client that asks for nothing of it is refused.
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
  return checked(() => createServer(nodeOptions));
}

/** Takes a new certificate for connections to come. @throws ConfigError; the old one stays then. */
export function replaceTls(server: Server, options: TlsOptions): void {
  checked(() => server.setSecureContext(secureContext(options)));
}

function secureContext({ cert, key, ca, passphrase, minVersion, ciphers }: TlsOptions): SecureContextOptions {
  return {
    cert: pem(cert),
    key: pem(key),
    minVersion: minVersion ?? "TLSv1.2",
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: (isList(ca) ? ca : [ca]).map(pem) }),
    ...(ciphers === undefined ? {} : { ciphers }),
  };
}

function isList(ca: NonNullable<TlsMaterial["ca"]>): ca is readonly (string | Uint8Array)[] {
  return Array.isArray(ca);
}

function pem(data: string | Uint8Array): string | Buffer {
  return typeof data === "string" ? data : Buffer.from(data);
}

function checked<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new ConfigError("tls", `key and certificate cannot be used: ${(error as Error).message}`);
  }
}
