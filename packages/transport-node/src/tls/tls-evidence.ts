import type { TLSSocket } from "node:tls";
import type { PeerCertificate, PeerEvidence } from "@kreuz/codec";

/** What a TLS channel proves to authenticators: the peer's verified certificate, and bytes that bind to the channel. */
export function tlsEvidence(socket: TLSSocket, isServer: boolean): PeerEvidence {
  const certificate = verifiedCertificate(socket);
  return {
    ...(certificate === undefined ? {} : { certificate }),
    channelBinding: (type) => channelBinding(socket, isServer, type),
  };
}

function verifiedCertificate(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subject } = socket.getPeerCertificate();
  // A list when there are several common names; then it is not known which one counts.
  const commonName: unknown = subject?.CN;
  const alternativeNames = parseAlternativeNames(certificate.subjectAltName);
  return {
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    ...(typeof commonName === "string" ? { commonName } : {}),
    ...(alternativeNames.length === 0 ? {} : { alternativeNames }),
  };
}

/** A type and its value. Node.js quotes a value as JSON if a comma in it could be mistaken for the end of the value. */
const ALTERNATIVE_NAME = /(DNS|email|URI|[^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

function parseAlternativeNames(text: string | undefined): readonly string[] {
  return [...(text ?? "").matchAll(ALTERNATIVE_NAME)]
    .filter(([, type]) => type === "DNS" || type === "email" || type === "URI")
    .map(([, , value = ""]) => (value.startsWith('"') ? (JSON.parse(value) as string) : value));
}

/** RFC 9266 for `tls-exporter`; RFC 5929 for `tls-unique`, which TLS 1.3 does not have. */
function channelBinding(socket: TLSSocket, isServer: boolean, type: string): Uint8Array | undefined {
  if (socket.destroyed) return undefined;
  const isTls13 = socket.getProtocol() === "TLSv1.3";
  if (type === "tls-exporter")
    return isTls13 ? socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)) : undefined;
  if (type !== "tls-unique" || isTls13) return undefined;
  // The first Finished message: the client's, or the server's when a session is resumed.
  return isServer === socket.isSessionReused() ? socket.getFinished() : socket.getPeerFinished();
}
