/**
 * What a transport can prove about its peer, for authenticators only. It is not part of `TransportInfo`, and must never be
 * shown to a session, logged or sent.
 */
export interface PeerEvidence {
  /** The client certificate, if TLS verified it against the listener's certificate authorities. */
  readonly certificate?: PeerCertificate;
  /** The opaque id in the cookie of the HTTP request that opened the connection, or that the response to it set. */
  readonly cookie?: string;
  /** A fresh cookie that was set in that answer, when `cookie` stands for somebody already: for a login as somebody else. */
  readonly nextCookie?: string;
  /**
   * Bytes that only the two ends of this TLS channel share (spec: "TLS Channel Binding", RFC 5929, RFC 9266).
   *
   * @param type - `tls-unique`, `tls-server-end-point` or `tls-exporter`.
   * @returns `undefined` if the channel has no binding of that type.
   */
  channelBinding?(type: string): Uint8Array | undefined;
}

/** A verified client certificate, as far as it identifies the client. */
export interface PeerCertificate {
  /** SHA-256 of the certificate, as 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** Common name of the subject. */
  readonly commonName?: string;
  /** Subject alternative names of the types DNS, e-mail and URI, without the type. */
  readonly alternativeNames?: readonly string[];
}
