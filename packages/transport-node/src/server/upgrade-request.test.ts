import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { nextTurn } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { readUpgradeRequest } from "./upgrade-request.js";

const USUAL = [
  "Host: 127.0.0.1:8080",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: wamp.2.json, wamp.2.cbor",
];

function bytesOf(fields: readonly string[], { line = "GET /ws HTTP/1.1", end = "\r\n" } = {}): Buffer {
  return Buffer.from([line, ...fields, "", ""].join(end), "latin1");
}

/** The usual fields, one of them replaced by others. */
function replaced(name: string, ...others: readonly string[]): Buffer {
  return bytesOf(USUAL.flatMap((field) => (field.startsWith(`${name}:`) ? others : [field])));
}

describe("a plain upgrade request", () => {
  it.each<[client: string, fields: readonly string[]]>([
    ["ws", ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", ...USUAL]],
    [
      "Chrome",
      [
        ...USUAL,
        "Pragma: no-cache",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        "Origin: https://app.example",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Cookie: kreuz=abc; theme=dark",
      ],
    ],
    ["Firefox", [...USUAL.filter((field) => !field.startsWith("Conn")), "Connection: keep-alive, Upgrade", "DNT: 1"]],
    ["Autobahn|Python", [...USUAL.filter((field) => !field.startsWith("Upgr")), "Upgrade: WebSocket"]],
    ["a proxy", [...USUAL.map((field) => field.replace(/^[^:]*/, (name) => name.toLowerCase())), "via: 1.1 proxy"]],
  ])("is read as %s sends it", async (_client, fields) => {
    const bytes = bytesOf(fields, { line: "GET /ws?token=1 HTTP/1.1" });
    const request = readUpgradeRequest(bytes);
    expect(request?.url).toBe("/ws?token=1");
    expect(request?.headers["sec-websocket-protocol"]).toBe("wamp.2.json, wamp.2.cbor");
    expect(request).toEqual(await readByNode(bytes));
  });

  it("may have fields that look like those of an object", () => {
    const headers = readUpgradeRequest(bytesOf([...USUAL, "__proto__: x", "constructor: y"]))?.headers;
    expect(Object.entries(headers ?? {})).toContainEqual(["__proto__", "x"]);
  });
});

describe("what is left to Node.js", () => {
  const usual = bytesOf(USUAL).toString("latin1");
  it.each<[string, Buffer | string]>([
    ["a part of a head", usual.slice(0, -1)],
    ["nothing", ""],
    ["bytes behind the head", `${usual}x`],
    ["two requests", usual + usual],
    ["line ends without CR", bytesOf(USUAL, { end: "\n" })],
    ["line ends without LF", bytesOf(USUAL, { end: "\r" })],
    ["one line end without CR", usual.replace("\r\nUpgrade", "\nUpgrade")],
    ["an empty line before it", `\r\n${usual}`],
    ["a folded line", usual.replace("wamp.2.json, ", "wamp.2.json,\r\n ")],
    ["a line folded by a tab", usual.replace("wamp.2.json, ", "wamp.2.json,\r\n\t")],
    ...["POST /ws HTTP/1.1", "get /ws HTTP/1.1", "GET /ws HTTP/1.0", "GET /ws HTTP/2.0", "GET  /ws HTTP/1.1"].map(
      (line): [string, Buffer] => [line, bytesOf(USUAL, { line })],
    ),
    ...[
      "GET /ws  HTTP/1.1",
      "GET /ws HTTP/1.1 ",
      "GET http://x/ws HTTP/1.1",
      "GET * HTTP/1.1",
      "GET /w s HTTP/1.1",
    ].map((line): [string, Buffer] => [line, bytesOf(USUAL, { line })]),
    ...["GET /ws#a HTTP/1.1", "GET /w\u00e9 HTTP/1.1", "GET /w\0 HTTP/1.1", 'GET /"ws" HTTP/1.1'].map(
      (line): [string, Buffer] => [line, bytesOf(USUAL, { line })],
    ),
    ...["Host", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key"].map((name): [string, Buffer] => [
      `no ${name}`,
      replaced(name),
    ]),
    ...USUAL.map((field): [string, Buffer] => [`twice ${field}`, bytesOf([...USUAL, field.toUpperCase()])]),
    ["two cookies", bytesOf([...USUAL, "Cookie: a=1", "cookie: b=2"])],
    ["a length", bytesOf([...USUAL, "Content-Length: 0"])],
    ["a body in chunks", bytesOf([...USUAL, "Transfer-Encoding: chunked"])],
    ["an expectation", bytesOf([...USUAL, "Expect: 100-continue"])],
    ["trailers", bytesOf([...USUAL, "TE: trailers"])],
    ["a field for proxies", bytesOf([...USUAL, "Proxy-Connection: close"])],
    ["another version", replaced("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")],
    ["a version with a zero", replaced("Sec-WebSocket-Version", "Sec-WebSocket-Version: 013")],
    ["a short key", replaced("Sec-WebSocket-Key", "Sec-WebSocket-Key: short")],
    ["a key of other characters", replaced("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ-==")],
    ["another protocol", replaced("Upgrade", "Upgrade: h2c")],
    ["several protocols", replaced("Upgrade", "Upgrade: websocket, h2c")],
    ["another connection", replaced("Connection", "Connection: close, Upgrade")],
    ["a space before a colon", replaced("Host", "Host : x")],
    ["a space within a name", replaced("Host", "Ho st: x")],
    ["no name", bytesOf([...USUAL, ": x"])],
    ["no colon", bytesOf([...USUAL, "nonsense"])],
    ["no value", replaced("Host", "Host:")],
    ["spaces around a value", replaced("Host", "Host:  x")],
    ["spaces behind a value", replaced("Host", "Host: x ")],
    ["a tab", replaced("Host", "Host:\tx")],
    ["a NUL", replaced("Host", "Host: x\0y")],
    ["a CR within a value", replaced("Host", "Host: x\ry")],
    ["a DEL", replaced("Host", "Host: x\x7f")],
    ["Latin-1", replaced("Host", "Host: \u00fc")],
    ["a long head", bytesOf([...USUAL, `Cookie: ${"x".repeat(8192)}`])],
  ])("%s", (_what, bytes) => {
    const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    expect(readUpgradeRequest(data)).toBeUndefined();
  });
});

describe("any request, damaged anywhere", () => {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("GET /ws HTTP/1.1", "GET /ws?a=%20&b HTTP/1.1", "GET / HTTP/1.1") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("POST /ws HTTP/1.1", "GET /ws HTTP/1.0", "GET //..//ws? HTTP/1.1", "GET *"),
    },
  );
  const more = fc.constantFrom(
    "Origin: http://localhost",
    "Cookie: a=1; b=2",
    "X-Forwarded-For: 203.0.113.7, 10.0.0.1",
    'Forwarded: for="[2001:db8::1]:1"',
    "Sec-WebSocket-Extensions: permessage-deflate",
    "User-Agent: x/1 (y; z)",
    "Accept-Encoding:gzip",
    "Keep-Alive: 5",
    "Authorization: Basic YTpi",
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "Connection: keep-alive",
    "Host: other",
    "TE: trailers",
  );
  const fields = fc
    .tuple(
      fc.shuffledSubarray(USUAL, { minLength: USUAL.length - 1 }),
      fc.shuffledSubarray(["a: b", "~: ~", "x-y: z"]),
      fc.array(more, { maxLength: 4 }),
    )
    .map((groups) => groups.flat());
  const damage = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      deleted: fc.nat(2),
      inserted: fc.oneof(
        fc.constantFrom("", "\r", "\n", "\r\n", " ", "\t", ":", ",", "\0", "\x7f", "\x80", "\xff", "a", "\r\n\r\n"),
        fc.nat(255).map((code) => String.fromCodePoint(code)),
      ),
    }),
    { maxLength: 3 },
  );

  it("is left to Node.js, or read as Node.js reads it", { timeout: 600_000 }, async () => {
    let [all, own] = [0, 0];
    await fc.assert(
      fc.asyncProperty(line, fields, damage, async (first, rest, changes) => {
        let text = bytesOf(rest, { line: first }).toString("latin1");
        for (const { at, deleted, inserted } of changes) {
          const offset = Math.floor(at * text.length);
          text = text.slice(0, offset) + inserted + text.slice(offset + deleted);
        }
        const bytes = Buffer.from(text, "latin1");
        const request = readUpgradeRequest(bytes);
        all++;
        if (request === undefined) return;
        own++;
        expect(request).toEqual(await readByNode(bytes));
      }),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 3000) },
    );
    expect(own).toBeGreaterThan(all / 20);
    if (process.env["FUZZ_RUNS"] !== undefined) process.stderr.write(`${all} requests, ${own} of them read\n`);
  });
});

/** What Node's HTTP server reads of the same bytes, if it is an upgrade request with nothing behind it. */
async function readByNode(bytes: Buffer): Promise<unknown> {
  let read: unknown = "no upgrade request";
  const server = createServer();
  server.on("upgrade", ({ method, url, headers }: IncomingMessage, _socket, head: Buffer) => {
    if (head.length === 0) read = { method, url, headers };
  });
  server.on("clientError", (error) => (read = error.message));
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  server.emit("connection", socket);
  socket.push(bytes);
  await nextTurn();
  socket.destroy();
  return read;
}
