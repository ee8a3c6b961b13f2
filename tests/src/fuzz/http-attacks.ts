import type { Attack } from "./attack.js";
import type { SeededRandom } from "./seeded-random.js";
import { BINARY, CLOSE, fragments, frame, handshake, PING, TEXT } from "./websocket-bytes.js";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** An HTTP request that is no opening handshake, or an invalid one; or no HTTP at all. */
function oddRequest(random: SeededRandom): Buffer {
  const method = random.pick(["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "TRACE", "BREW", "get", ""]);
  const path = random.pick([
    "/",
    "/ws",
    "/ws/",
    "//ws",
    "/ws?a=b",
    "/%2e%2e/ws",
    "*",
    "ws",
    "http://x/ws",
    "/\0",
    "/é",
  ]);
  const version = random.pick(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTP/1.1", ""]);
  return random.pick([
    () => latin1(`${method} ${path} ${version}\r\nHost: x\r\n\r\n`),
    () => latin1(`${method} ${path} ${version}\r\n\r\n`),
    () =>
      latin1(`POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET `),
    () => latin1(`POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: -${random.below(9)}\r\n\r\nabc`),
    () => latin1(`GET /ws HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`),
    () => latin1(`GET /ws HTTP/1.1\r\n${"X: y\r\n".repeat(3000)}\r\n`),
    () => latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    () => latin1("SSH-2.0-nobody\r\n"),
    // The beginning of a TLS handshake.
    () => Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), random.bytes(300)]),
    // The first bytes of a WAMP RawSocket.
    () => Buffer.from([0x7f, 0xf1, 0, 0]),
    () => Buffer.from(random.bytes(2000)),
    () => handshake({ "Sec-WebSocket-Key": random.pick(["", "short", "=".repeat(24), undefined!]) }),
    () => handshake({ "Sec-WebSocket-Version": random.pick(["0", "99", "x", "13, 8", undefined!]) }),
    () =>
      handshake({
        "Sec-WebSocket-Protocol": random.pick(["", ",", "wamp", "mqtt", "\x80", "x,".repeat(5000), undefined!]),
      }),
    () => handshake({ Upgrade: random.pick(["h2c", "WebSocket/13", "", undefined!]) }),
    () => handshake({ Connection: random.pick(["close", "keep-alive", "", undefined!]) }),
    () => handshake({ Origin: random.pick(["https://evil.example", "null", "://", "x".repeat(5000)]) }),
    () =>
      handshake({ "Sec-WebSocket-Extensions": random.pick(["permessage-deflate; x=1", ";;;", "permessage-deflate"]) }),
    () => handshake({ Host: random.pick(["", "evil.example", "[::", undefined!]) }, path),
    () => Buffer.concat([handshake(), handshake(), handshake()]),
  ])();
}

/** Frames that break the rules of WebSocket, for after a valid opening handshake. */
function oddFrames(random: SeededRandom): Buffer[] {
  const some = random.bytes(200);
  return random.pick([
    () => [frame(TEXT, some, { masked: false })],
    () => [frame(TEXT, some, { reserved: 1 + random.below(7) })],
    () => [frame(random.pick([3, 7, 11, 15]), some)],
    () => [frame(random.pick([CLOSE, PING, 10]), new Uint8Array(126))],
    () => [frame(PING, some.subarray(0, 100), { fin: false })],
    () => [frame(0, some)],
    () => [frame(TEXT, some, { fin: false }), frame(BINARY, some)],
    () => [frame(TEXT, Uint8Array.of(0xff, 0xc0, 0x80))],
    () => [frame(CLOSE, Uint8Array.of(1))],
    () => [frame(CLOSE, Uint8Array.of(0, random.below(256))), frame(TEXT, some)],
    () => [frame(CLOSE, Uint8Array.of(3, 0xe8, 0xff, 0xff))],
    () => fragments(TEXT, new Uint8Array(2000).fill(0x20), 1000),
    () => random.list(50, 200, () => frame(PING, random.bytes(100))),
    // Announce more bytes than they have.
    () => [
      frame(BINARY, some, { announced: random.pick([2n ** 63n - 1n, 2n ** 53n, 2n ** 32n, 2n ** 31n, 17n << 20n]) }),
    ],
    () => [frame(BINARY, some, { announced: 2n ** 64n - 1n })],
    () => [frame(TEXT, some, { announced: 2n ** 20n })],
  ])();
}

export function httpAttack(random: SeededRandom): Attack {
  const request = oddRequest(random);
  const half = random.chance(30);
  return {
    title: `HTTP: ${request.toString("latin1", 0, 200)}`,
    chunks: [half ? request.subarray(0, random.below(request.length)) : request],
    ending: random.chance(75) ? "finish" : "reset",
    frames: 0,
  };
}

export function frameAttack(random: SeededRandom): Attack {
  const frames = oddFrames(random);
  const bytes = Buffer.concat(frames);
  return {
    title: `WebSocket: ${bytes.toString("hex", 0, 100)}`,
    // Cut at some byte: the rest comes in another packet, or never.
    chunks: random.pick([
      () => [handshake(), bytes],
      () => [Buffer.concat([handshake(), bytes])],
      () => [handshake(), bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)],
      () => [handshake(), bytes.subarray(0, random.below(bytes.length))],
    ])(),
    ending: random.chance(75) ? "finish" : "reset",
    frames: frames.length,
  };
}
