import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { LineQueue } from "./line-queue.js";

/** A device whose writes end when the test says so. */
function slowQueue(maxCharacters?: number) {
  const clock = new FakeClock();
  const writes: { text: string; done(error?: Error): void }[] = [];
  const recoveries: number[] = [];
  const queue = new LineQueue({
    device: { write: (text, done) => void writes.push({ text, done }) },
    clock,
    onRecovered: (lost) => recoveries.push(lost),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
  });
  return { clock, queue, writes, recoveries };
}

test("lines that come during a write are written together after it", () => {
  const { queue, writes } = slowQueue();
  queue.write("one\n");
  queue.write("two\n");
  queue.write("three\n");
  expect(writes.map(({ text }) => text)).toEqual(["one\n"]);
  writes[0]!.done();
  expect(writes.map(({ text }) => text)).toEqual(["one\n", "two\nthree\n"]);
});

test("a device that takes nothing costs lines, which are counted and reported when it goes on", () => {
  const { queue, writes, recoveries } = slowQueue(10);
  for (let line = 0; line < 100; line++) queue.write("1234\n");
  expect(queue.lost).toBe(98);
  expect(recoveries).toEqual([]);
  writes[0]!.done();
  expect(recoveries).toEqual([98]);
  queue.write("5678\n");
  writes[1]!.done();
  expect(writes.at(-1)!.text).toBe("5678\n");
  expect(recoveries).toEqual([98]);
});

test("a device that fails costs the lines of that write, and is tried again with the next line", () => {
  const { queue, writes, recoveries } = slowQueue();
  queue.write("lost\n");
  writes[0]!.done(new Error("no space left on device"));
  expect(queue.lost).toBe(1);
  queue.write("kept\n");
  writes[1]!.done();
  expect(recoveries).toEqual([1]);
});

test("a flush ends with the last write, with a failed one, or when its time is over", async () => {
  const { clock, queue, writes } = slowQueue();
  await queue.flush(100);
  queue.write("one\n");
  const written = queue.flush(100);
  writes[0]!.done();
  await written;
  queue.write("two\n");
  const failed = queue.flush(100);
  writes[1]!.done(new Error("closed"));
  await failed;
  queue.write("three\n");
  const late = queue.flush(100);
  clock.advance(100);
  await late;
});
