import { randomBytes } from "node:crypto";
import type { Codec } from "@kreuz/codec";
import type { CodecName, Ports, TransportName } from "../servers/server-spec.js";

/** How one transport opens a connection and frames messages, seen from a client that spends as little as it can. */
export interface FrameFormat {
  port(ports: Ports): number;
  /** The octets that open the connection. */
  opening(port: number, codec: Codec): Buffer;
  /** Length of the server's answer to them; 0 until it has all arrived. @throws Error when it refuses. */
  answered(data: Buffer): number;
  /** A client's frame around one message. */
  frame(codec: Codec, payload: Uint8Array): Buffer;
  /** What a client does to the byte of a payload at `at` before it sends it. */
  masked(byte: number, at: number): number;
  /** Length of the header of the server's frame that begins at `at`; 0 until it has all arrived. */
  headerLength(data: Buffer, at: number): number;
  /** Length of the payload of the frame whose header begins at `at` and has all arrived. */
  payloadLength(data: Buffer, at: number): number;
  isControl(data: Buffer, at: number): boolean;
  isPing(data: Buffer, at: number): boolean;
  /** The answer to a ping. */
  readonly pong: Buffer;
}

/** Browsers and clients mask with something that is not zero, which a server has to undo. */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

const webSocket: FrameFormat = {
  port: (ports) => ports.websocket,
  opening: (port, codec) =>
    Buffer.from(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Protocol: ${codec.subprotocol}\r\n\r\n`,
    ),
  answered(data) {
    const end = data.indexOf("\r\n\r\n");
    if (end === -1) return 0;
    const answer = data.toString("latin1", 0, end);
    if (!answer.startsWith("HTTP/1.1 101")) throw new Error(`the WebSocket handshake was refused: ${answer}`);
    return end + 4;
  },
  frame(codec, payload) {
    const { length } = payload;
    const offset = length < 126 ? 6 : 8;
    if (length > 0xffff) throw new Error(`a frame of ${length} bytes is more than this generator sends`);
    const frame = Buffer.allocUnsafe(offset + length);
    frame[0] = codec.binary ? 0x82 : 0x81;
    frame[1] = 0x80 | Math.min(length, 126);
    if (length >= 126) frame.writeUInt16BE(length, 2);
    frame.set(MASK, offset - MASK.length);
    for (let at = 0; at < length; at++) frame[offset + at] = this.masked(payload[at]!, at);
    return frame;
  },
  masked: (byte, at) => byte ^ MASK[at & 3]!,
  headerLength(data, at) {
    if (data.length - at < 2) return 0;
    const short = data[at + 1]! & 0x7f;
    const length = short < 126 ? 2 : short === 126 ? 4 : 10;
    return data.length - at < length ? 0 : length;
  },
  payloadLength(data, at) {
    const short = data[at + 1]! & 0x7f;
    if (short < 126) return short;
    return short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
  },
  isControl: (data, at) => (data[at]! & 0x08) !== 0,
  isPing: (data, at) => (data[at]! & 0x0f) === 0x09,
  pong: Buffer.of(0x8a, 0x80, ...MASK),
};

const SERIALIZERS: Readonly<Record<CodecName, number>> = { json: 1, msgpack: 2, cbor: 3 };

const rawSocket: FrameFormat = {
  port: (ports) => ports.rawsocket,
  // Takes messages of 16 MiB.
  opening: (_port, codec) => Buffer.of(0x7f, 0xf0 | SERIALIZERS[codec.id as CodecName], 0, 0),
  answered(data) {
    if (data.length < 4) return 0;
    if (data[0] !== 0x7f || (data[1]! & 0x0f) === 0)
      throw new Error(`the RawSocket handshake was refused: ${data.toString("hex", 0, 4)}`);
    return 4;
  },
  frame(_codec, payload) {
    const frame = Buffer.allocUnsafe(4 + payload.length);
    frame.writeUInt32BE(payload.length);
    frame.set(payload, 4);
    return frame;
  },
  masked: (byte) => byte,
  headerLength: (data, at) => (data.length - at < 4 ? 0 : 4),
  payloadLength: (data, at) => data.readUIntBE(at + 1, 3),
  isControl: (data, at) => (data[at]! & 0x07) !== 0,
  isPing: (data, at) => (data[at]! & 0x07) === 1,
  pong: Buffer.of(2, 0, 0, 0),
};

export const FRAME_FORMATS: Readonly<Record<TransportName, FrameFormat>> = {
  websocket: webSocket,
  rawsocket: rawSocket,
};
