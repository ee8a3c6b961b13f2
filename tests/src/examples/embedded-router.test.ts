// The example of a program with a router inside, compiled and run as its README says.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { json } from "@kreuz/codec/json";
import { MessageType } from "@kreuz/codec";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NodeProgram, ROOT } from "../support/node-program.js";

const FOLDER = join(ROOT, "examples", "embedded-router");
const tsc = join(dirname(createRequire(join(FOLDER, "_")).resolve("typescript/package.json")), "bin", "tsc");

let program: NodeProgram;

beforeEach(() => {
  execFileSync(process.execPath, [tsc], { cwd: FOLDER, stdio: "inherit" });
  program = new NodeProgram(["dist/main.js"], { cwd: FOLDER, env: { PORT: "0" } });
});
afterEach(() => program.kill());

test("the shop sells, tells everybody, refuses what it must, and ends at SIGTERM", async () => {
  const url = /ws:[^,]+/.exec(await program.said("open at"))![0];
  const join = async (): Promise<WireSession> => {
    const session = new WireSession({ turns: 100_000 });
    await connectWebSocket(url, session, { codecs: [json] });
    await session.join("com.example.shop");
    return session;
  };
  const [customer, watcher] = [await join(), await join()];
  await watcher.subscribe("com.example.shop.sold");

  expect((await customer.call("com.example.shop.buy", { args: ["apple", 3] })).args).toEqual([7]);
  expect((await watcher.expect(MessageType.EVENT)).payload.args).toEqual([{ item: "apple", left: 7 }]);
  expect((await customer.call("com.example.shop.stock")).args).toEqual([{ apple: 7, pear: 3 }]);

  const refusals: readonly (readonly [string, readonly unknown[], string])[] = [
    ["com.example.shop.buy", ["pear", 4], "com.example.shop.error.sold_out"],
    ["com.example.shop.buy", ["pear", "all"], "wamp.error.invalid_argument"],
    ["wamp.session.list", [], "wamp.error.not_authorized"],
  ];
  for (const [procedure, args, error] of refusals)
    await expect(customer.call(procedure, { args })).rejects.toMatchObject({ uri: error });

  program.signal("SIGTERM");
  expect(await program.exited).toBe(0);
});
