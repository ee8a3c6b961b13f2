import type { Authenticator } from "@kreuz/router";
import { accepted, denied, later, type Grant, type StoreOptions } from "./principal.js";

/** An account for TLS client certificates: says which certificates are its. */
export interface TlsCredential extends Grant {
  /** SHA-256 fingerprint of the certificate, in hex, with or without colons. */
  readonly fingerprint?: string;
  /** Common name of the subject, in any certificate of an authority that the listener trusts. */
  readonly commonName?: string;
}

/** Settings of {@link tls}. */
export type TlsOptions = StoreOptions<TlsCredential>;

/**
 * The TLS client certificate is the identity (spec: "TLS Certificate Authentication"). The transport verified it; this
 * says whose it is. Clients without one go on with the next method of their list.
 */
export function tls({ store }: TlsOptions): Authenticator {
  return {
    method: "tls",
    applies: ({ evidence }) => evidence.certificate !== undefined,
    begin: (request) =>
      later(store.find(request), (found) =>
        found === undefined ? denied("no account has this certificate") : accepted(found, request, store.provider),
      ),
  };
}
