/** The bytes of a WebSocket client, written by hand so that they can be invalid. */

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;

export interface FrameFlaws {
  readonly fin?: boolean;
  /** Bits 4 to 6 of the first byte. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length that the header announces. Default: that of the payload. */
  readonly announced?: bigint;
}

/** One frame of a client (RFC 6455, section 5.2). A mask of zeros leaves the payload as it is. */
export function frame(opcode: number, payload: Uint8Array | string = "", flaws: FrameFlaws = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = flaws;
  const content = Buffer.from(payload);
  const length = flaws.announced ?? BigInt(content.length);
  const header = Buffer.alloc(length < 126n ? 2 : length < 0x1_0000n ? 4 : 10);
  header[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (masked ? 0x80 : 0) | (header.length === 2 ? Number(length) : header.length === 4 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(Number(length), 2);
  if (header.length === 10) header.writeBigUInt64BE(length, 2);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), content]);
}

/** A message in several frames. */
export function fragments(opcode: number, payload: Uint8Array, count: number): Buffer[] {
  const size = Math.ceil(payload.length / count);
  return Array.from({ length: count }, (_, index) =>
    frame(index === 0 ? opcode : 0, payload.subarray(index * size, (index + 1) * size), { fin: index === count - 1 }),
  );
}

/** The request of an opening handshake. `headers` replace the usual ones; `undefined` omits one. */
export function handshake(headers: Readonly<Record<string, string | undefined>> = {}, path = "/ws"): Buffer {
  const all = {
    Host: "127.0.0.1",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "wamp.2.json",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
