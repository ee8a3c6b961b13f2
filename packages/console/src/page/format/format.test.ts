import { describe, expect, it } from "vitest";
import { typedArgs, typedKwargs } from "./arguments.js";
import { bytes, count, latency, many, NOTHING, percent, rate, short } from "./numbers.js";
import { payloadLine, payloadText, SHOWN_PAYLOAD } from "./payload.js";
import { age, duration } from "./times.js";

describe("numbers", () => {
  it.each([
    [count(1_234_567), "1,234,567"],
    [short(999), "999"],
    [short(12_345), "12.3K"],
    [short(2_000_000), "2M"],
    [rate(0), "0"],
    [rate(0.44), "0.4"],
    [rate(9.96), "10.0"],
    [rate(250.4), "250"],
    [bytes(0), "0 B"],
    [bytes(1023), "1023 B"],
    [bytes(1536), "1.5 KiB"],
    [bytes(300 * 1024 * 1024), "300 MiB"],
    [latency(0.00084), "840 µs"],
    [latency(0.0012), "1.2 ms"],
    [latency(0.25), "250 ms"],
    [latency(3.4), "3.4 s"],
    [latency(Number.NaN), NOTHING],
    [percent(1, 250), "0.4 %"],
    [percent(1, 25_000), "< 0.1 %"],
    [percent(0, 0), NOTHING],
    [many(1, "session"), "1 session"],
    [many(20_000, "session"), "20,000 sessions"],
  ])("%s", (text, expected) => expect(text).toBe(expected));
});

describe("durations", () => {
  it.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_600_000, "1 h"],
    [3_660_000, "1 h 1 min"],
    [90_000_000, "1 d 1 h"],
  ])("%i ms: %s", (ms, expected) => expect(duration(ms)).toBe(expected));
});

it.each([
  [4000, "4 s"],
  [93 * 60_000, "93 min"],
  [27 * 3_600_000, "27 h"],
  [130 * 3_600_000, "5 d"],
])("an age of %i ms: %s", (ms, expected) => expect(age(ms)).toBe(expected));

describe("payloads", () => {
  it("are text, never more of it than 64 Ki characters, with the length of all", () => {
    const { text, length } = payloadText({ args: ["x".repeat(100_000)] });
    expect(text.length).toBe(SHOWN_PAYLOAD + 1);
    expect(length).toBeGreaterThan(100_000);
  });

  it("show what is there", () => {
    expect(payloadText({ args: [1] }).text).toBe("[\n  1\n]");
    expect(payloadText({ kwargs: { a: 1 } }).text).toBe('{\n  "a": 1\n}');
    expect(payloadText({}).text).toBe("[]");
    expect(payloadLine({ args: [1, "two"], kwargs: { a: 1 } })).toBe('1, "two" {"a":1}');
  });
});

describe("typed arguments", () => {
  it.each([
    ["", []],
    ["[1, 2]", [1, 2]],
    ["5", [5]],
    ['"a"', ["a"]],
    ["apple", ["apple"]],
  ])("%s", (text, value) => expect(typedArgs(text)).toEqual({ value }));

  it.each(["[1,", '{"a": }', '"open'])("%s is told to be no JSON", (text) =>
    expect(typedArgs(text)).toEqual({ problem: expect.stringContaining("Not JSON") }),
  );

  it("keywords are an object", () => {
    expect(typedKwargs('{"a": 1}')).toEqual({ value: { a: 1 } });
    expect(typedKwargs("[1]")).toHaveProperty("problem");
    expect(typedKwargs("")).toEqual({ value: {} });
  });
});
