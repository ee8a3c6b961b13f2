import { randomBytes } from "node:crypto";
import type { Codec } from "@kreuz/codec";
import type { CodecName, Ports, TransportName } from "../servers/server-spec.js";

/** Handshake and framing of one transport, seen from a client that does as little work as possible. */
export interface FrameFormat {
  port(ports: Ports): number;
  /** The handshake that the client sends. */
  handshake(port: number, codec: Codec): Buffer;
  /** Whether the client speaks TLS. */
  readonly encrypted?: boolean;
  /** Whether the frame at `at` is compressed. */
  isCompressed?(data: Buffer, at: number): boolean;
  /** Length of the server's answer; 0 while it is incomplete. @throws Error if the server rejects the handshake. */
  answerLength(data: Buffer): number;
  /** Frames one message of the client. */
  frame(codec: Codec, payload: Uint8Array): Buffer;
  /** Masks the payload byte at index `at`. */
  mask(byte: number, at: number): number;
  /** Length of the header of the server's frame at `at`; 0 while it is incomplete. */
  headerLength(data: Buffer, at: number): number;
  /** Length of the payload of the frame at `at`, whose header is complete. */
  payloadLength(data: Buffer, at: number): number;
  isControl(data: Buffer, at: number): boolean;
  isPing(data: Buffer, at: number): boolean;
  /** The answer to a ping. */
  readonly pong: Buffer;
}

/** Not zero, like the mask of real clients, so that servers have to unmask. */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

const webSocket: FrameFormat = {
  port: (ports) => ports.websocket,
  handshake: (port, codec) =>
    Buffer.from(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Protocol: ${codec.subprotocol}\r\n\r\n`,
    ),
  answerLength(data) {
    const end = data.indexOf("\r\n\r\n");
    if (end === -1) return 0;
    const answer = data.toString("latin1", 0, end);
    if (!answer.startsWith("HTTP/1.1 101")) throw new Error(`the server rejected the WebSocket handshake: ${answer}`);
    return end + 4;
  },
  frame(codec, payload) {
    const { length } = payload;
    const offset = length < 126 ? 6 : 8;
    if (length > 0xffff) throw new Error(`expected a frame of at most 65535 bytes, got ${length}`);
    const frame = Buffer.allocUnsafe(offset + length);
    frame[0] = codec.binary ? 0x82 : 0x81;
    frame[1] = 0x80 | Math.min(length, 126);
    if (length >= 126) frame.writeUInt16BE(length, 2);
    frame.set(MASK, offset - MASK.length);
    for (let at = 0; at < length; at++) frame[offset + at] = this.mask(payload[at]!, at);
    return frame;
  },
  mask: (byte, at) => byte ^ MASK[at & 3]!,
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
  // Announces messages up to 16 MiB.
  handshake: (_port, codec) => Buffer.of(0x7f, 0xf0 | SERIALIZERS[codec.id as CodecName], 0, 0),
  answerLength(data) {
    if (data.length < 4) return 0;
    if (data[0] !== 0x7f || (data[1]! & 0x0f) === 0)
      throw new Error(`the server rejected the RawSocket handshake: ${data.toString("hex", 0, 4)}`);
    return 4;
  },
  frame(_codec, payload) {
    const frame = Buffer.allocUnsafe(4 + payload.length);
    frame.writeUInt32BE(payload.length);
    frame.set(payload, 4);
    return frame;
  },
  mask: (byte) => byte,
  headerLength: (data, at) => (data.length - at < 4 ? 0 : 4),
  payloadLength: (data, at) => data.readUIntBE(at + 1, 3),
  isControl: (data, at) => (data[at]! & 0x07) !== 0,
  isPing: (data, at) => (data[at]! & 0x07) === 1,
  pong: Buffer.of(2, 0, 0, 0),
};

export const FRAME_FORMATS: Readonly<Record<TransportName, FrameFormat>> = {
  websocket: webSocket,
  rawsocket: rawSocket,
  tls: { ...webSocket, port: (ports) => ports.tls, encrypted: true },
  deflate: {
    ...webSocket,
    port: (ports) => ports.deflate,
    handshake: (port, codec) => {
      const head = webSocket.handshake(port, codec).toString().trimEnd();
      return Buffer.from(`${head}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
    },
    isCompressed: (data, at) => (data[at]! & 0x40) !== 0,
  },
};
