// The examples of extensions: their own tests, and the command that loads them from their configs.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KREUZ, NodeProgram, ROOT } from "../support/node-program.js";

async function run(folder: string, ...args: readonly string[]): Promise<void> {
  const program = new NodeProgram(args, { cwd: join(ROOT, "examples", folder) });
  expect(await program.exited, program.lines.join("\n")).toBe(0);
}

describe.each(["audit-log", "custom-transport", "jwt-authenticator", "rate-limit", "webhook-route"])(
  "examples/%s",
  (folder) => {
    test("its tests pass", () => run(folder, "--test"));

    test("its config loads it", () => run(folder, KREUZ, "check"));
  },
);
