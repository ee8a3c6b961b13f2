import { MessageType as M, type Codec, type Message } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { describe, expect, test } from "vitest";
import { FRAME_FORMATS } from "./frame-format.js";
import { FrameScanner } from "./frame-scanner.js";
import { PreparedFrames } from "./prepared-frames.js";

const CODECS = [json, msgpack, cbor];
/** Ids at the boundaries of all integer widths of the codecs. */
const IDS = [1, 9, 10, 23, 24, 127, 128, 255, 256, 65_535, 65_536, 9_999_999, 2 ** 32 - 1, 2 ** 32];
const { websocket, rawsocket } = FRAME_FORMATS;
const call = (request: number): Message => ({
  type: M.CALL,
  request,
  options: {},
  procedure: "com.example.echo",
  payload: { args: ["x".repeat(300)] },
});
const result = (request: number): Message => ({ type: M.RESULT, request, details: {}, payload: { args: ["x"] } });

/** Frames a message as a server does: unmasked. */
function serverFrame(transport: "websocket" | "rawsocket", codec: Codec, message: Message): Buffer {
  const payload = codec.encode(message);
  const prefix = Buffer.alloc(4);
  if (transport === "rawsocket") prefix.writeUInt32BE(payload.length);
  else prefix.set([codec.binary ? 0x82 : 0x81, 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([prefix, payload]);
}

/** Decodes the frames of a client. */
function decodeAll(transport: "websocket" | "rawsocket", codec: Codec, frames: Buffer): Message[] {
  const format = FRAME_FORMATS[transport];
  const messages: Message[] = [];
  for (let at = 0; at < frames.length;) {
    const offset = format.headerLength(frames, at) + (transport === "websocket" ? 4 : 0);
    const length = format.payloadLength(frames, at);
    const payload = frames.subarray(at + offset, at + offset + length).map((byte, index) => format.mask(byte, index));
    messages.push(codec.decode(payload));
    at += offset + length;
  }
  return messages;
}

describe.each(CODECS)("$id", (codec) => {
  test.each(["websocket", "rawsocket"] as const)(
    "prepared frames over %s are the messages with the given ids",
    (transport) => {
      const frames = new PreparedFrames(FRAME_FORMATS[transport], codec, call);
      const ids = decodeAll(transport, codec, frames.of(Float64Array.from(IDS))).map((message) => {
        expect(message).toMatchObject({ type: M.CALL, procedure: "com.example.echo" });
        return (message as { request: number }).request;
      });
      expect(ids).toEqual(IDS);
      const sequence = decodeAll(transport, codec, frames.sequence(98, 4));
      expect(sequence.map((message) => (message as { request: number }).request)).toEqual([98, 99, 100, 101]);
    },
  );

  test.each(["websocket", "rawsocket"] as const)(
    "messages over %s are counted whatever the chunk size",
    (transport) => {
      const stream = Buffer.concat(IDS.map((id) => serverFrame(transport, codec, result(id))));
      for (const size of [1, 2, 3, 7, 40, stream.length]) {
        const scanner = new FrameScanner(FRAME_FORMATS[transport], codec);
        scanner.expectedType = M.RESULT;
        const ids: number[] = [];
        for (let at = 0; at < stream.length; at += size)
          if (scanner.push(stream.subarray(at, at + size)) > 0) ids.push(...scanner.ids);
        expect(ids).toEqual(IDS);
      }
    },
  );

  test("a message of another type is an error that contains the message", () => {
    const scanner = new FrameScanner(rawsocket, codec);
    scanner.expectedType = M.RESULT;
    const error: Message = {
      type: M.ERROR,
      requestType: M.CALL,
      request: 1,
      details: {},
      error: "com.example.bad",
      payload: {},
    };
    expect(() => scanner.push(serverFrame("rawsocket", codec, error))).toThrow(
      /expected RESULT, got ERROR.*com\.example\.bad/s,
    );
  });
});

test("control frames are not counted, and pings are reported", () => {
  const scanner = new FrameScanner(websocket, json);
  let pings = 0;
  scanner.onPing = () => pings++;
  scanner.expectedType = M.RESULT;
  const ping = Buffer.from([0x89, 2, 1, 2]);
  expect(scanner.push(Buffer.concat([ping, serverFrame("websocket", json, result(7)), ping]))).toBe(1);
  expect([...scanner.ids]).toEqual([7]);
  expect(pings).toBe(2);
});

test("a rejected handshake is an error with the server's answer", () => {
  expect(() => websocket.answerLength(Buffer.from("HTTP/1.1 404 Not Found\r\n\r\n"))).toThrow("404 Not Found");
  expect(() => rawsocket.answerLength(Buffer.from("7f100000", "hex"))).toThrow("7f100000");
});
