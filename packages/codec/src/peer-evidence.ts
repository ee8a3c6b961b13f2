/**
 * What a transport can prove of its peer. It is for authenticators alone: nothing of it is part of `TransportInfo`, and
 * nothing of it is ever shown to a session, logged or sent.
 */
export interface PeerEvidence {
  /** The client certificate, when the TLS layer verified it against the authorities of the listener. */
  readonly certificate?: PeerCertificate;
  /** The opaque id in the cookie of the HTTP request that opened the connection, or set in the answer to it. */
  readonly cookie?: string;
  /**
   * Bytes that only the two ends of this TLS channel share (spec: "TLS Channel Binding", RFC 5929, RFC 9266).
   *
   * @param type - `tls-unique`, `tls-server-end-point` or `tls-exporter`.
   * @returns `undefined` where the channel has no such binding.
   */
  channelBinding?(type: string): Uint8Array | undefined;
}

/** A verified client certificate, as far as it says who the client is. */
export interface PeerCertificate {
  /** SHA-256 of the certificate, as 64 lower case hex digits. */
  readonly fingerprint: string;
  /** Common name of the subject. */
  readonly commonName?: string;
  /** Subject alternative names that are DNS names, e-mail addresses or URIs, without their kind. */
  readonly alternativeNames?: readonly string[];
}
