import { Writable } from "node:stream";
import { FrameTooLongError, type Message, MessageType, outboxLimitsOf, type OutboxLimits } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { binary } from "../testing/codecs.js";
import { webSocketFraming } from "../websocket/websocket-writer.js";
import { Flusher } from "./flusher.js";
import { Framer } from "./framer.js";
import { Outbox } from "./outbox.js";
import { DirectWriter } from "./socket-writer.js";

/** A socket that notes what it takes. A busy one takes nothing until it is told to. */
class Sink extends Writable {
  readonly writes: Buffer[] = [];
  readonly memory = new Set<ArrayBufferLike>();
  busy = false;
  #finish: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.memory.add(chunk.buffer);
    const take = (): void => {
      this.writes.push(Buffer.from(chunk));
      done();
    };
    if (this.busy) this.#finish = take;
    else take();
  }

  read(): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.();
  }
}

const flusher = new Flusher();
const framer = new Framer(webSocketFraming(true), flusher);
const endOfTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const message = (length: number, request = 1): Message => ({
  type: MessageType.RESULT,
  request,
  details: {},
  payload: { args: ["x".repeat(length)] },
});
const framed = (frame: Uint8Array): Buffer => Buffer.from(framer.frame(frame));
const framedMessage = (length: number, request?: number): Buffer => framed(binary.encode(message(length, request)));

function outboxOn(sink: Sink, limits: OutboxLimits = {}, keepsMemory = false) {
  let overflows = 0;
  const writer = new DirectWriter(sink, framer, keepsMemory);
  const owner = { onDrain: () => {}, onOverflow: () => void overflows++ };
  const outbox = new Outbox(sink, writer, flusher, outboxLimitsOf(limits), owner);
  return { outbox, overflows: () => overflows };
}

describe("messages in an outbox", () => {
  it("leave in one write and in order, with the frames between them", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    const frame = Buffer.from("shared");
    outbox.send(frame);
    outbox.sendMessage(binary, message(10));
    outbox.send(frame);
    outbox.sendMessage(binary, message(200));
    expect(sink.writes).toEqual([]);
    expect(outbox.bufferedBytes).toBe(12 + binary.encode(message(10)).length + binary.encode(message(200)).length);
    await endOfTurn();
    const wanted = [framed(frame), framedMessage(10), framed(frame), framedMessage(200)];
    expect(sink.writes).toEqual([Buffer.concat(wanted)]);
    expect(outbox.bufferedBytes).toBe(0);
  });

  it.each([0, 95, 96, 97, 3000, 4090, 8192, 30_000, 65_500, 65_536, 98_304, 200_000])(
    "keep their order around one of %i bytes",
    async (length) => {
      const sink = new Sink();
      const { outbox } = outboxOn(sink);
      const shared = Buffer.alloc(length, "s");
      const wanted: Buffer[] = [];
      for (let request = 1; request <= 3; request++) {
        outbox.sendMessage(binary, message(30, request));
        outbox.sendMessage(binary, message(length, request));
        outbox.send(shared);
        wanted.push(framedMessage(30, request), framedMessage(length, request), framed(shared));
      }
      await endOfTurn();
      expect(Buffer.concat(sink.writes).equals(Buffer.concat(wanted))).toBe(true);
    },
  );

  it("leave nothing behind when they are too long or cannot be encoded", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    const { length } = binary.encode(message(50));
    outbox.sendMessage(binary, message(50), length);
    for (const tooLong of [51, 5000, 100_000])
      expect(() => outbox.sendMessage(binary, message(tooLong), length)).toThrow(FrameTooLongError);
    const failing = { ...binary, encodeInto: () => expect.fail("cannot be encoded") };
    expect(() => outbox.sendMessage(failing, message(1))).toThrow("cannot be encoded");
    outbox.sendMessage(binary, message(50), length);
    await endOfTurn();
    expect(sink.writes).toEqual([Buffer.concat([framedMessage(50), framedMessage(50)])]);
  });

  it("hold to the limits as frames do", async () => {
    const sink = new Sink();
    sink.busy = true;
    const { length } = binary.encode(message(100));
    const { outbox, overflows } = outboxOn(sink, { highWater: 2 * length, limit: 5 * length });
    const results = [1, 2, 3, 4, 5].map(() => outbox.sendMessage(binary, message(100)));
    expect(results).toEqual([true, true, false, false, false]);
    expect(overflows()).toBe(1);
    for (let i = 0; i < 5; i++) sink.read();
    await endOfTurn();
    const frame = framedMessage(100);
    expect(Buffer.concat(sink.writes).equals(Buffer.concat(Array(4).fill(frame)))).toBe(true);
  });

  it("are not overwritten while the socket still has them", async () => {
    const [slow, quick] = [new Sink(), new Sink()];
    slow.busy = true;
    const [first, second] = [outboxOn(slow), outboxOn(quick)];
    first.outbox.sendMessage(binary, message(10, 1));
    await endOfTurn();
    first.outbox.sendMessage(binary, message(10, 2));
    await endOfTurn();
    for (let request = 3; request < 6; request++) {
      second.outbox.sendMessage(binary, message(10, request));
      await endOfTurn();
    }
    slow.read();
    slow.read();
    expect(slow.writes).toEqual([framedMessage(10, 1), framedMessage(10, 2)]);
  });

  it("use the same memory turn after turn, or none of it behind TLS", async () => {
    const memoryOf = async (keepsMemory: boolean): Promise<Set<ArrayBufferLike>> => {
      const sink = new Sink();
      const { outbox } = outboxOn(sink, {}, keepsMemory);
      for (let request = 1; request < 4; request++) {
        outbox.sendMessage(binary, message(3500, request));
        await endOfTurn();
      }
      return sink.memory;
    };
    expect((await memoryOf(false)).size).toBe(1);
    const written = await memoryOf(true);
    const { block } = framer.buffers.open()!;
    expect(written.has(block.buffer)).toBe(false);
  });

  it("take bounded memory, however many sockets gather", () => {
    const blocks = new Set<ArrayBufferLike>();
    const many = new Framer(webSocketFraming(true), flusher).buffers;
    for (let buffer = many.open(); buffer !== undefined; buffer = many.open()) {
      buffer.reserve(10_000);
      blocks.add(buffer.block.buffer);
    }
    const bytes = [...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(10.5 * 1024 * 1024);
  });
});
