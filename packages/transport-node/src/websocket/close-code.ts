import { type CloseStatus, PeerClosedError } from "@kreuz/codec";

/** WebSocket close codes of the statuses (RFC 6455, section 7.4.1). */
const CODES: Readonly<Record<CloseStatus, number>> = {
  normal: 1000,
  "going-away": 1001,
  "protocol-error": 1002,
  "policy-violation": 1008,
  "message-too-big": 1009,
  "internal-error": 1011,
};

/** The peer sent a type of message, text or binary, that this connection does not use (RFC 6455, section 7.4.1). */
export const UNSUPPORTED_DATA = 1003;
/** Never sent: the connection ended without a close frame (RFC 6455, section 7.1.5). */
export const ABNORMAL = 1006;
const NO_STATUS = 1005;
const INVALID_PAYLOAD = 1007;
/** A control frame carries 125 bytes, two of them for the code (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

export function closeCode(status: CloseStatus): number {
  return CODES[status];
}

/** The error that the peer's close code stands for; `undefined` for a clean end. Application codes (3000 to 4999) are errors. */
export function peerClose(code: number, reason: string): PeerClosedError | undefined {
  switch (code) {
    case CODES.normal:
    case CODES["going-away"]:
    case NO_STATUS:
      return undefined;
    case CODES["protocol-error"]:
    case UNSUPPORTED_DATA:
    case INVALID_PAYLOAD:
      return new PeerClosedError("protocol-error", reason);
    case CODES["message-too-big"]:
      return new PeerClosedError("message-too-big", reason);
    case CODES["internal-error"]:
      return new PeerClosedError("internal-error", reason);
    default:
      return new PeerClosedError("policy-violation", reason === "" ? `WebSocket close code ${code}` : reason);
  }
}

/** As much of `reason` as fits into a close frame, cut between characters. */
export function closeReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return reason;
  let end = MAX_REASON_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
