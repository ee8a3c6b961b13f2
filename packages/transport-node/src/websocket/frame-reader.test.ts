import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientFrame, type FrameParts, MASK, type Reaction, record } from "../testing/recorded-websocket.js";

const MAX_BYTES = 70_000;
const text = (length: number): Buffer => Buffer.alloc(length, "payload ");
const closePayload = (code: number, reason = ""): Buffer =>
  Buffer.from([code >> 8, code & 0xff, ...Buffer.from(reason)]);

/** Checks that a peer sees the same whether our reader stands before `ws` or not. @returns what it saw. */
async function same(chunks: readonly Uint8Array[], react?: Reaction): Promise<readonly string[]> {
  const plain = await record(chunks, false, MAX_BYTES, react);
  const own = await record(chunks, true, MAX_BYTES, react);
  expect(own.seen).toEqual(plain.seen);
  return own.seen;
}

/** All ways to cut some bytes in two, and byte by byte. */
async function sameHoweverCut(frames: readonly FrameParts[]): Promise<readonly string[]> {
  const bytes = bytesOf(...frames);
  const cuts = bytes.length < 200 ? Array.from(bytes.keys()) : [1, 2, 3, 4, 8, 9, 13, 14, 15, 199, bytes.length - 1];
  for (const cut of cuts.slice(1)) await same([bytes.subarray(0, cut), bytes.subarray(cut)]);
  if (bytes.length < 200) await same(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  return same([bytes]);
}

const bytesOf = (...frames: readonly FrameParts[]): Buffer => Buffer.concat(frames.map(clientFrame));
const hello: FrameParts = { opcode: 1, payload: text(20) };
const ping: FrameParts = { opcode: 9, payload: text(5) };
const fragments: readonly FrameParts[] = [
  { opcode: 1, payload: text(7), fin: false },
  { opcode: 0, payload: text(8), fin: false },
  { opcode: 0, payload: text(9) },
];

describe("the frame reader before ws", () => {
  const cases: Readonly<Record<string, readonly FrameParts[]>> = {
    "whole messages": [hello, hello, { opcode: 2, payload: text(30) }, hello],
    "an empty message": [{ opcode: 1 }, hello],
    "a message without content in each length": [7, 16, 64].map((lengthBits) => ({ opcode: 2, lengthBits })),
    "the lengths around 7 bits": [125, 126, 127].map((length) => ({ opcode: 1, payload: text(length) })),
    "the lengths around 16 bits": [65_535, 65_536].map((length) => ({ opcode: 1, payload: text(length) })),
    "a length in more bits than it needs": [16, 64].map((lengthBits) => ({ ...hello, lengthBits })),
    "a mask of zeros": [{ ...hello, mask: new Uint8Array(4) }, hello],
    fragments: [...fragments, hello],
    "fragments without content": [{ opcode: 1, fin: false }, { opcode: 0, fin: false }, { opcode: 0 }, hello],
    "control frames between fragments": [fragments[0]!, ping, fragments[1]!, { opcode: 10 }, fragments[2]!, hello],
    "control frames between messages": [hello, ping, { opcode: 10, payload: text(125) }, ping, hello],
    "text that is no UTF-8": [{ opcode: 1, payload: Buffer.of(0xce, 0xba, 0xe1, 0xed, 0xa0, 0x80) }, hello],
    "a character cut by a fragment": [
      { opcode: 1, payload: Buffer.of(0xce), fin: false },
      { opcode: 0, payload: Buffer.of(0xba) },
      hello,
    ],
    "a close": [hello, { opcode: 8 }, hello],
    "a close with a reason": [hello, { opcode: 8, payload: closePayload(1000, "bye") }, hello],
  };
  it.each(Object.entries(cases))("delivers %s as ws does", async (_name, frames) => {
    const seen = await sameHoweverCut(frames);
    expect(seen.filter((line) => line.startsWith("error"))).toEqual([]);
    expect(seen.some((line) => line.startsWith("text") || line.startsWith("binary"))).toBe(true);
  });

  const violations: Readonly<Record<string, readonly FrameParts[]>> = {
    ...Object.fromEntries([1, 2, 4, 7].map((rsv) => [`reserved bits ${rsv}`, [{ ...hello, rsv }]])),
    ...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 15].map((opcode) => [`opcode ${opcode}`, [{ ...hello, opcode }]])),
    "a frame without a mask": [{ ...hello, mask: undefined }],
    "a continuation of nothing": [{ ...hello, opcode: 0 }],
    "a message within fragments": [fragments[0]!, hello],
    "a fragmented ping": [{ ...ping, fin: false }],
    "a ping that is too long": [{ opcode: 9, payload: text(126) }],
    "a message that is too long": [{ opcode: 1, payload: text(MAX_BYTES + 1) }],
    "fragments that are too long": [fragments[0]!, { opcode: 0, payload: text(MAX_BYTES) }],
    "a length beyond 53 bits": [{ opcode: 1, lengthBits: 64, length: 2 ** 60 }],
    "a close of one byte": [{ opcode: 8, payload: Buffer.of(3) }],
    ...Object.fromEntries(
      [0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map((code) => [
        `close code ${code}`,
        [{ opcode: 8, payload: closePayload(code) }],
      ]),
    ),
  };
  it.each(Object.entries(violations))("leaves the verdict on %s to ws", async (_name, frames) => {
    const seen = await sameHoweverCut([hello, ...frames, hello]);
    expect(seen.filter((line) => line.startsWith("error"))).toHaveLength(1);
    expect(seen.filter((line) => line.startsWith("text")).length).toBeLessThanOrEqual(1);
  });

  it.each([1000, 1003, 1007, 1011, 3000, 4999])("leaves close code %i to ws", async (code) => {
    expect(await sameHoweverCut([hello, { opcode: 8, payload: closePayload(code) }])).toContain(`close ${code} `);
  });

  // Fails when a new `ws` names its state otherwise: then it would read everything after the first frame that is its own.
  it.each([
    ["nothing", []],
    ["a ping", [bytesOf(ping)]],
    ["fragments", [bytesOf(...fragments)]],
    ["fragments without content", [bytesOf({ opcode: 1, fin: false }, { opcode: 0 })]],
    ["a message cut by a chunk", [bytesOf(hello).subarray(0, 9), bytesOf(hello).subarray(9)]],
    ["a head cut by a chunk", [bytesOf(hello).subarray(0, 1), bytesOf(hello).subarray(1)]],
  ])("reads whole messages itself, also after %s", async (_name, chunks) => {
    const { readByWs } = await record(chunks, true, MAX_BYTES);
    const whole = bytesOf(hello, hello);
    const after = await record([...chunks, whole, whole], true, MAX_BYTES);
    expect(after.readByWs).toBe(readByWs);
    expect(after.seen.filter((line) => line.startsWith("text")).length).toBeGreaterThanOrEqual(4);
  });

  it("goes on as ws does once our side closes", async () => {
    const frames = [hello, hello, ping, hello, { opcode: 8, payload: closePayload(1000) }, hello];
    for (const closeAt of [1, 2, 3])
      await same([bytesOf(...frames)], (webSocket, messages) => {
        if (messages === closeAt) webSocket.close(1001);
      });
  });

  it("reads nothing more after our side has dropped the connection", async () => {
    const chunk = bytesOf(hello, hello, hello);
    await same([chunk, chunk], (webSocket) => webSocket.terminate());
  });

  it("unmasks every length and alignment", async () => {
    for (let length = 0; length < 300; length++) await same([bytesOf({ opcode: 2, payload: text(length) }, hello)]);
  });
});

describe("any frames, cut anywhere", () => {
  const payload = fc.oneof(
    { weight: 8, arbitrary: fc.nat(300) },
    { weight: 1, arbitrary: fc.nat(5000) },
    { weight: 1, arbitrary: fc.constantFrom(125, 126, 65_535, 65_536, MAX_BYTES, MAX_BYTES + 1) },
  );
  const usual = fc.record({ opcode: fc.constantFrom(1, 2), payload: payload.map(text) });
  const control = fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.nat(125).map(text) });
  const message = fc.array(fc.nat(40), { minLength: 2, maxLength: 4 }).map((lengths) =>
    lengths.map((length, at) => ({
      opcode: at === 0 ? 2 : 0,
      payload: text(length),
      fin: at === lengths.length - 1,
    })),
  );
  const odd = fc.record({
    opcode: fc.nat(15),
    payload: fc.nat(140).map(text),
    fin: fc.boolean(),
    rsv: fc.constantFrom(0, 0, 0, 1, 2, 4),
    mask: fc.constantFrom(MASK, MASK, MASK, undefined),
    lengthBits: fc.constantFrom(7, 16, 64),
  });
  const frames = fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: usual.map((frame) => [frame] as FrameParts[]) },
        { weight: 3, arbitrary: control.map((frame) => [frame] as FrameParts[]) },
        { weight: 2, arbitrary: message as fc.Arbitrary<FrameParts[]> },
        { weight: 1, arbitrary: odd.map((frame) => [frame] as FrameParts[]) },
      ),
      { minLength: 1, maxLength: 30 },
    )
    .map((groups) => groups.flat());
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  /** A byte that is changed: where, as a share of all, and to what. */
  const damage = fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { freq: 3 });
  const closeAt = fc.option(fc.integer({ min: 1, max: 10 }), { freq: 5 });

  it("are the same to a peer", { timeout: 600_000 }, async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(frames, cuts, damage, closeAt, async (sent, at, change, close) => {
        count += sent.length;
        const bytes = bytesOf(...sent);
        if (change !== null) bytes[Math.floor(change[0] * (bytes.length - 1))] = change[1];
        const offsets = at.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b);
        const chunks = [0, ...offsets].map((offset, index) => bytes.subarray(offset, offsets[index] ?? bytes.length));
        await same(
          chunks.filter(({ length }) => length > 0),
          (webSocket, messages) => {
            if (messages === close) webSocket.close(1001, "enough");
          },
        );
      }),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 1000) },
    );
    expect(count).toBeGreaterThan(1000);
    if (process.env["FUZZ_RUNS"] !== undefined) process.stderr.write(`${count} frames\n`);
  });
});
