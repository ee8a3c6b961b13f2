import { describe, expect, test } from "vitest";
import { Histogram } from "./histogram.js";
import { MAX_SERIES, PluginMeter } from "./meter.js";
import { Tally } from "./tally.js";

test("a tally has every key from the start, and no other ever", () => {
  const tally = new Tally(["a", "b"]);
  tally.add("a");
  tally.add("b", 2);
  tally.add("constructor" as "a");
  expect([tally.get("a"), tally.get("b"), tally.get("constructor" as "a"), tally.total]).toEqual([1, 2, 0, 3]);
});

test("a histogram counts a value at the first bound that is not below it", () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1e9]) histogram.observe(value);
  expect(histogram.cumulative).toEqual([2, 4, 6]);
  expect([histogram.count, histogram.sum]).toEqual([6, 1e9 + 23.5]);
});

describe("a plugin's meter", () => {
  const metric = (meter: PluginMeter, name: string) => [...meter.metrics].find((one) => one.name === name)!;

  test("has all series of a counter from the start, and each value where it belongs", () => {
    const meter = new PluginMeter("@acme/order-check");
    const orders = meter.counter("orders_total", "Orders.", { kind: ["new", "old"], ok: ["yes", "no"] });
    orders.add(1, { kind: "old", ok: "no" });
    orders.add(2, { ok: "yes", kind: "old" });
    expect([...metric(meter, "kreuz_plugin_acme_order_check_orders_total").values()]).toEqual([
      { labels: { kind: "new", ok: "yes" }, value: 0 },
      { labels: { kind: "new", ok: "no" }, value: 0 },
      { labels: { kind: "old", ok: "yes" }, value: 2 },
      { labels: { kind: "old", ok: "no" }, value: 1 },
    ]);
  });

  test("reads a gauge when it is asked, and keeps a histogram", () => {
    const meter = new PluginMeter("clock");
    let now = 1;
    meter.gauge("now", "Now.", () => now);
    meter.histogram("wait_seconds", "Waits.", [1, 2]).observe(1.5);
    now = 2;
    expect([...metric(meter, "kreuz_plugin_clock_now").values()]).toEqual([{ labels: {}, value: 2 }]);
    expect(metric(meter, "kreuz_plugin_clock_wait_seconds").histogram?.cumulative).toEqual([0, 1, 1]);
  });

  test("refuses values that were not listed, so that no client can add a series", () => {
    const counter = new PluginMeter("p").counter("hits_total", "Hits.", { kind: ["a"] });
    expect(() => counter.add(1, { kind: "b" })).toThrow("label kind is one of a");
    expect(() => counter.add()).toThrow(TypeError);
  });

  test("refuses bad names, names that are taken, too many series and buckets out of order", () => {
    const meter = new PluginMeter("p");
    meter.gauge("x", "X.", () => 0);
    expect(() => meter.gauge("x", "X.", () => 0)).toThrow('plugin "p" has it already');
    expect(() => meter.counter("Bad-Name", "X.")).toThrow("expected a name of lower-case letters");
    const many = Array.from({ length: 40 }, (_, value) => String(value));
    expect(() => meter.counter("many", "X.", { a: many, b: many })).toThrow(`expected 1 to ${MAX_SERIES}`);
    expect(() => meter.counter("none", "X.", { a: [] })).toThrow("make 0 series");
    expect(() => meter.histogram("h", "H.", [2, 1])).toThrow("ascending order");
  });
});
