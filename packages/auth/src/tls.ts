import type { Authenticator } from "@kreuz/router";
import { accepted, denied, thenMaybe, type Principal, type StoreOptions } from "./principal.js";

/** An account for TLS client certificates. A certificate must match both fields, where both are set. */
export interface TlsCredential extends Principal {
  /** SHA-256 fingerprint of the certificate, in hex, with or without colons. */
  readonly fingerprint?: string;
  /** Common name of the subject, in any certificate whose authority the listener trusts. */
  readonly commonName?: string;
}

/** Settings of {@link tls}. */
export type TlsOptions = StoreOptions<TlsCredential>;

/**
 * Authentication by TLS client certificate (spec: "TLS Certificate Authentication"). The transport verifies the
 * certificate; the store finds its account. A client without a certificate continues with its next method.
 */
export function tls({ store }: TlsOptions): Authenticator {
  return {
    method: "tls",
    applies: ({ evidence }) => evidence.certificate !== undefined,
    begin: (request) =>
      thenMaybe(store.find(request), (found) =>
        found === undefined ? denied("no account has this certificate") : accepted(found, request, store.provider),
      ),
  };
}
