import { expect, test } from "vitest";
import { resourcesOpenedBy } from "./opened-resources.js";

const MINUTE = 60_000;

test("each resource that is opened is told by its kind", () => {
  const { port1, port2 } = new MessageChannel();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const opened = resourcesOpenedBy(() => {
    timers.push(
      setTimeout(() => {}, MINUTE),
      setTimeout(() => {}, MINUTE),
    );
    port1.addEventListener("message", () => {});
    port1.start();
  });
  for (const timer of timers) clearTimeout(timer);
  port1.close();
  port2.close();
  expect(opened.filter((kind) => kind === "Timeout")).toHaveLength(2);
  expect(opened).toHaveLength(3);
});

test("what is open before is not told, nor what is closed again", () => {
  const before = setTimeout(() => {}, MINUTE);
  expect(resourcesOpenedBy(() => clearTimeout(setTimeout(() => {}, MINUTE)))).toEqual([]);
  clearTimeout(before);
});

test("what ends meanwhile does not hide what is opened", () => {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {});
  port1.start();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const opened = resourcesOpenedBy(() => {
    (port1 as unknown as { unref(): void }).unref();
    timer = setTimeout(() => {}, MINUTE);
  });
  clearTimeout(timer);
  port1.close();
  port2.close();
  expect(opened).toEqual(["Timeout"]);
});

test("an immediate is no resource: the platform has its own", () => {
  expect(resourcesOpenedBy(() => void setImmediate(() => {}))).toEqual([]);
});
