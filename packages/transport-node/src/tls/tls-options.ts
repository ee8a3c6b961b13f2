import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TlsOptions as NodeTlsOptions,
} from "node:tls";
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
  /**
   * Cipher suites in OpenSSL's notation. Default those of TLS 1.3, and of TLS 1.2 only those with forward secrecy and
   * authenticated encryption ({@link DEFAULT_CIPHERS}).
   */
  readonly ciphers?: string;
}

/** Cipher suites of a listener: all of TLS 1.3; of TLS 1.2 those with ECDHE and AEAD (RFC 9325, section 4.2). */
export const DEFAULT_CIPHERS: string = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

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
    ...checkedContext(options),
    requestCert: options.requestCert ?? false,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    handshakeTimeout,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
  };
  return createServer(nodeOptions);
}

/** Returns the function that uses a new certificate for new connections. @throws ConfigError when it cannot be used. */
export function prepareTls(server: Server, options: TlsOptions): () => void {
  const context = checkedContext(options);
  return () => server.setSecureContext(context);
}

/** Node.js takes an empty key for none, and finds out about it with the first client. */
function checkedContext(options: TlsOptions): SecureContextOptions {
  if (options.cert.length === 0) throw new ConfigError("tls.cert", "the certificate is empty");
  if (options.key.length === 0) throw new ConfigError("tls.key", "the key is empty");
  const context = secureContext(options);
  withConfigError(() => {
    createSecureContext(context);
    const { passphrase = "" } = options;
    const key = createPrivateKey({ key: pem(options.key), passphrase });
    if (!new X509Certificate(pem(options.cert)).checkPrivateKey(key))
      throw new Error("the key is not the one of the certificate");
  });
  return context;
}

function secureContext({ cert, key, ca, passphrase, minVersion, ciphers }: TlsOptions): SecureContextOptions {
  return {
    cert: pem(cert),
    key: pem(key),
    minVersion: minVersion ?? "TLSv1.2",
    ciphers: ciphers ?? DEFAULT_CIPHERS,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: pemList(ca) }),
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
