import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type OutboxLimits, type OutboxOverflowError, outboxLimitsOf } from "@kreuz/codec";
import { Flusher } from "./flusher.js";
import { DirectWriter } from "./socket-writer.js";
import { Framer } from "./framer.js";
import { Outbox } from "./outbox.js";
import { webSocketFraming } from "../websocket/websocket-writer.js";

/** A socket that counts system calls: each `write` or `writev` of a stream is one. */
class Sink extends Writable {
  readonly writes: Buffer[] = [];
  /** Buffers in each system call. */
  readonly chunks: number[] = [];
  #finish: (() => void) | undefined;
  readonly #slow: boolean;

  constructor(slow = false) {
    super();
    this.#slow = slow;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#take([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  /** The peer reads what the last system call wrote. */
  read(): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.();
  }

  #take(chunks: Buffer[], done: () => void): void {
    this.writes.push(Buffer.concat(chunks));
    this.chunks.push(chunks.length);
    if (this.#slow) this.#finish = done;
    else done();
  }
}

function outboxOn(sink: Sink, flusher = new Flusher(), limits: OutboxLimits = {}) {
  const told = { drains: 0, overflows: [] as OutboxOverflowError[] };
  const writer = new DirectWriter(sink, new Framer(webSocketFraming(true), flusher));
  const outbox = new Outbox(sink, writer, flusher, outboxLimitsOf(limits), {
    onDrain: () => void told.drains++,
    onOverflow: (error) => void told.overflows.push(error),
  });
  return { outbox, told };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const ticks = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
};

describe("Outbox", () => {
  it("writes once what one turn sends, in order", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    for (const text of ["one", "two", "three"]) expect(outbox.send(Buffer.from(text))).toBe(true);
    await ticks();
    outbox.send(Buffer.from("four"));
    expect(sink.writes).toEqual([]);
    expect(outbox.bufferedBytes).toBe("onetwothreefour".length);
    await endOfTurn();
    expect(sink.writes).toEqual([Buffer.from("\x82\x03one\x82\x03two\x82\x05three\x82\x04four", "latin1")]);
    expect(outbox.bufferedBytes).toBe(0);
  });

  it("puts small frames into one buffer, and does not copy large ones", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    const small = Buffer.from("small");
    const large = Buffer.alloc(9000, 7);
    for (const frame of [small, small, large, small, small]) outbox.send(frame);
    await endOfTurn();
    const twice = Buffer.from("\x82\x05small\x82\x05small", "latin1");
    expect(sink.writes).toEqual([Buffer.concat([twice, Buffer.from([0x82, 126, 0x23, 0x28]), large, twice])]);
    expect(sink.chunks).toEqual([4]);
    for (let i = 0; i < 100; i++) outbox.send(small);
    await endOfTurn();
    expect(sink.chunks).toEqual([4, 1]);
  });

  it("writes once per turn", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    for (let turn = 1; turn <= 3; turn++) {
      outbox.send(Buffer.from("a"));
      outbox.send(Buffer.from("b"));
      await endOfTurn();
      expect(sink.writes).toHaveLength(turn);
    }
  });

  it("flushes many sockets at the end of one turn", async () => {
    const flusher = new Flusher();
    const sinks = Array.from({ length: 100 }, () => new Sink());
    const frame = Buffer.from("news");
    for (const { outbox } of sinks.map((sink) => outboxOn(sink, flusher))) {
      outbox.send(frame);
      outbox.send(frame);
    }
    await endOfTurn();
    for (const sink of sinks) expect(sink.writes).toEqual([Buffer.from("\x82\x04news\x82\x04news", "latin1")]);
  });

  it("does not wait for the end of the turn with 64 KiB at hand", () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    for (let i = 0; i < 16; i++) outbox.send(Buffer.alloc(4096));
    expect(sink.writes).toHaveLength(1);
    outbox.send(Buffer.alloc(1));
    expect(sink.writes).toHaveLength(1);
  });

  it("writes at once when flushed, and not again at the end of the turn", async () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink);
    outbox.send(Buffer.from("goodbye"));
    outbox.flush();
    expect(sink.writes).toHaveLength(1);
    await endOfTurn();
    expect(sink.writes).toHaveLength(1);
  });

  it("counts only what the socket does not take against the marks", () => {
    const sink = new Sink();
    const { outbox } = outboxOn(sink, new Flusher(), { highWater: 1000, limit: 2000 });
    for (let i = 0; i < 100; i++) expect(outbox.send(Buffer.alloc(100))).toBe(true);
  });

  it("says when to hold back and when to go on, once each", async () => {
    const sink = new Sink(true);
    const { outbox, told } = outboxOn(sink, new Flusher(), { highWater: 1000, lowWater: 300 });
    expect(outbox.send(Buffer.alloc(600))).toBe(true);
    outbox.flush();
    expect(outbox.send(Buffer.alloc(600))).toBe(false);
    expect(outbox.send(Buffer.alloc(10))).toBe(false);
    sink.read();
    await ticks();
    expect(outbox.bufferedBytes).toBeGreaterThan(300);
    expect(outbox.send(Buffer.alloc(10))).toBe(false);
    expect(told.drains).toBe(0);
    for (let i = 0; i < 3; i++) {
      sink.read();
      await ticks();
    }
    expect(told.drains).toBe(1);
    expect(outbox.send(Buffer.alloc(10))).toBe(true);
    expect(told.overflows).toEqual([]);
  });

  it("refuses only the frame that would exceed the hard limit", () => {
    const sink = new Sink(true);
    const { outbox, told } = outboxOn(sink, new Flusher(), { highWater: 1000, limit: 2000 });
    outbox.send(Buffer.alloc(5000));
    expect(told.overflows).toEqual([]);
    outbox.send(Buffer.alloc(1));
    expect(told.overflows).toMatchObject([{ name: "OutboxOverflowError", limit: 2000 }]);
    expect(sink.writes).toHaveLength(1);
  });
});

describe("Framer", () => {
  it.each([
    [0, [0x82, 0]],
    [125, [0x82, 125]],
    [126, [0x82, 126, 0, 126]],
    [4096, [0x82, 126, 0x10, 0]],
    [65_535, [0x82, 126, 0xff, 0xff]],
    [65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
    [16_777_216, [0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0]],
  ])("frames %i bytes as RFC 6455 has it", (size, header) => {
    const framer = new Framer(webSocketFraming(true), new Flusher());
    const message = new Uint8Array(size).fill(7);
    expect([...framer.header(message)]).toEqual(header);
    const framed = framer.frame(message);
    expect([...framed.subarray(0, header.length)]).toEqual(header);
    expect(Buffer.compare(framed.subarray(header.length), message)).toBe(0);
  });

  it("marks text messages as such", () => {
    expect(new Framer(webSocketFraming(false), new Flusher()).header(new Uint8Array(1))[0]).toBe(0x81);
  });

  it("frames a message that goes to many once, and forgets it after the turn", async () => {
    const framer = new Framer(webSocketFraming(true), new Flusher());
    const message = Buffer.from("news");
    const framed = framer.frame(message);
    expect(framer.frame(message)).toBe(framed);
    expect(framer.frame(Buffer.from("news"))).not.toBe(framed);
    framer.frame(message);
    await endOfTurn();
    expect(framer.frame(message)).not.toBe(framed);
  });
});
