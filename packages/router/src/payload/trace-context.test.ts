import { describe, expect, test } from "vitest";
import { copyTraceContext } from "./trace-context.js";

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function copied(_traceparent: unknown, _tracestate?: unknown): object {
  const details: Record<string, unknown> = {};
  copyTraceContext({ _traceparent, ...(_tracestate === undefined ? {} : { _tracestate }) }, details);
  return details;
}

describe("traceparent", () => {
  test.each([PARENT, PARENT.replace(/^00/, "cc")])("%s is passed on", (parent) => {
    expect(copied(parent)).toEqual({ _traceparent: parent });
  });

  test.each([
    ["no text", 7],
    ["upper case", PARENT.toUpperCase()],
    ["version ff", PARENT.replace(/^00/, "ff")],
    ["a trace id of zeros", PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32))],
    ["a parent id of zeros", PARENT.replace("b7ad6b7169203331", "0".repeat(16))],
    ["too short", PARENT.slice(0, -1)],
    ["too long", `${PARENT}-more`],
    ["spaces", ` ${PARENT}`],
    ["a newline behind it", `${PARENT}\n`],
  ])("with %s it is left out, and the state with it", (_, parent) => {
    expect(copied(parent, "vendor=1")).toEqual({});
  });
});

describe("tracestate", () => {
  test.each([
    "vendor=value",
    "a=1,b=2",
    "a=1, b=2\t,,c=3",
    "fw529a3039@dt=FfoAA*+/!",
    "1tenant@vendor=x y",
    Array.from({ length: 32 }, (_, key) => `k${key}=v`).join(","),
  ])("%s is passed on", (state) => {
    expect(copied(PARENT, state)).toEqual({ _traceparent: PARENT, _tracestate: state });
  });

  test.each([
    ["no text", ["a=1"]],
    ["nothing in it", ""],
    ["only commas", ",,"],
    ["no value", "a="],
    ["no key", "=1"],
    ["a key twice", "a=1,a=2"],
    ["a key in upper case", "A=1"],
    ["a key that begins with a digit", "1a=1"],
    ["a value with an equals sign", "a=b=c"],
    ["a value beyond ASCII", "a=ü"],
    ["a vendor that is too long", `t@${"v".repeat(15)}=1`],
    ["too many members", Array.from({ length: 33 }, (_, key) => `k${key}=v`).join(",")],
    ["too many characters", `a=${"v".repeat(250)},b=${"v".repeat(250)},c=${"v".repeat(20)}`],
  ])("with %s it is left out, and the parent is passed on", (_, state) => {
    expect(copied(PARENT, state)).toEqual({ _traceparent: PARENT });
  });
});
