import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Flusher } from "./flusher.js";
import { DirectWriter } from "./socket-writer.js";
import { Framer } from "./framer.js";
import { webSocketFraming } from "../websocket/websocket-writer.js";

/** A socket whose system takes nothing until it is told to. */
class StuckSocket extends Writable {
  readonly taken: Buffer[] = [];
  #pending: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#pending = () => {
      this.taken.push(Buffer.from(chunk));
      done();
    };
  }

  /** Takes what was written first, and so on. */
  takeAll(): void {
    for (let next = this.#pending; next !== undefined; next = this.#pending) {
      this.#pending = undefined;
      next();
    }
  }
}

const frame = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

test("what the system has not taken yet is not written over by what follows, for this socket or another", async () => {
  const framer = new Framer(webSocketFraming(true), new Flusher());
  const [stuck, other] = [new StuckSocket(), new StuckSocket()];
  const [first, second] = [new DirectWriter(stuck, framer), new DirectWriter(other, framer)];
  first.writeAll([frame(100, 1), frame(100, 2)]);
  second.writeAll([frame(100, 3), frame(100, 4)]);
  first.writeAll([frame(100, 5), frame(100, 6)]);
  for (const socket of [stuck, other]) socket.takeAll();
  await new Promise((resolve) => setImmediate(resolve));
  stuck.takeAll();
  const bytes = Buffer.concat(stuck.taken);
  const expected = [1, 2, 5, 6].map((fill) => Buffer.concat([Buffer.of(0x82, 100), frame(100, fill)]));
  expect(bytes).toEqual(Buffer.concat(expected));
  expect(Buffer.concat(other.taken)).toEqual(
    Buffer.concat([3, 4].map((fill) => Buffer.concat([Buffer.of(0x82, 100), frame(100, fill)]))),
  );
});
