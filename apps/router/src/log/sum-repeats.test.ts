import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { sumRepeats } from "./sum-repeats.js";

function summing() {
  const clock = new FakeClock();
  const lines: [level: string, message: string, fields: object][] = [];
  const log = (level: string) => (fields: object, message: string) => void lines.push([level, message, fields]);
  const logger = sumRepeats({ debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") }, clock);
  return { clock, lines, logger };
}

test("the first lines of a kind are logged as they are, the others summed up with their number", () => {
  const { clock, lines, logger } = summing();
  for (let peer = 1; peer <= 1000; peer++) logger.info({ peer }, "refused");
  expect(lines).toHaveLength(10);
  clock.advance(10_000);
  expect(lines.slice(10)).toEqual([
    ["info", "refused (990 more in 10 s; the last one is shown)", { peer: 1000, times: 990 }],
  ]);
  logger.info({ peer: 1 }, "refused");
  expect(lines).toHaveLength(12);
});

test("lines of other kinds, levels and limits count for themselves", () => {
  const { lines, logger } = summing();
  for (let times = 0; times < 100; times++) logger.warn({ limit: "one" }, "limit reached");
  logger.warn({ limit: "two" }, "limit reached");
  logger.error({}, "limit reached");
  expect(lines.slice(10)).toEqual([
    ["warn", "limit reached", { limit: "two" }],
    ["error", "limit reached", {}],
  ]);
});

test("messages that differ each time cannot flood the log, either", () => {
  const { lines, logger } = summing();
  for (let id = 0; id < 10_000; id++) logger.info({}, `connection aborted: no topic ${id}`);
  expect(lines).toHaveLength(200);
  logger.sumUp();
  expect(lines.at(-1)).toEqual([
    "info",
    "more lines of various kinds (9800 more in 10 s; the last one is shown)",
    { times: 9800 },
  ]);
});

test("debug lines are all logged", () => {
  const { lines, logger } = summing();
  for (let times = 0; times < 100; times++) logger.debug({}, "call");
  expect(lines).toHaveLength(100);
});
