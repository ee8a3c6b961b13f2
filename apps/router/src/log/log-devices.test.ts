import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@kreuz/codec";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/running-router.js";
import { fileDevice } from "./log-devices.js";

test("a file that was renamed is opened again under its name, and nothing is lost", async () => {
  const folder = temporaryFolder();
  const [file, rotated] = [join(folder, "kreuz.log"), join(folder, "kreuz.log.1")];
  const device = fileDevice(file, systemClock);
  const write = (text: string): Promise<Error | undefined> => new Promise((resolve) => device.write(text, resolve));
  expect(await write("one\n")).toBeUndefined();
  renameSync(file, rotated);
  await write("two\n");
  const during = write("three\n");
  device.reopen?.();
  await during;
  await write("four\n");
  expect(readFileSync(rotated, "utf8")).toBe("one\ntwo\nthree\n");
  expect(readFileSync(file, "utf8")).toBe("four\n");
});

test("a file in a folder that is missing cannot be opened", () => {
  const folder = join(temporaryFolder(), "logs");
  expect(() => fileDevice(join(folder, "kreuz.log"), systemClock)).toThrow("ENOENT");
});
