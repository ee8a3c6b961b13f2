// The examples that connect to `npm start`: the service in Node, and the page in a browser.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { connect } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";
import { ErrorUri, type WampError } from "@kreuz/codec";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CHROMIUM, openBrowser, openPage } from "../support/chromium.js";
import { NodeProgram, ROOT } from "../support/node-program.js";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";

const SERVICE = join(ROOT, "examples", "node-client");
const PAGE = join(ROOT, "examples", "browser-page");

let router: RouterProcess;
const programs: NodeProgram[] = [];

beforeAll(async () => void (router = await RouterProcess.start()));
afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill();
});
afterAll(() => router.kill());

function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): NodeProgram {
  const program = new NodeProgram(args, { cwd, env });
  programs.push(program);
  return program;
}

const startService = (url = router.url, file = "client.js"): NodeProgram => start([file], SERVICE, { KREUZ_URL: url });
const SERVICES = ["client.js", "autobahn.js"];

test.each(SERVICES)("the service calls its own procedure, and ends at SIGTERM: %s", async (file) => {
  const service = startService(router.url, file);
  await service.said("2 + 3 = 5");
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
});

test.each(SERVICES)("the service comes back after a restart of the router: %s", async (file) => {
  const first = await RouterProcess.start();
  const service = startService(first.url, file);
  await service.said("2 + 3 = 5");
  first.signal("SIGTERM");
  await first.exited;
  service.lines.length = 0;
  const second = await RouterProcess.start({ port: Number(new URL(first.url).port) });
  const caller = await connect({ transport: webSocket(second.url), realm: "realm1" });
  try {
    // The session is open a moment before its procedure is registered again.
    await until("the procedure of the service", () =>
      caller.call("com.example.add", [2, 3]).then(
        ({ value }) => value === 5,
        ({ uri }: WampError) => uri !== ErrorUri.NO_SUCH_PROCEDURE,
      ),
    );
    expect((await caller.call("com.example.add", [2, 3])).value).toBe(5);
  } finally {
    await caller.close();
    await second.kill();
  }
});

test.skipIf(CHROMIUM.path === undefined)(`the page chats and calls${CHROMIUM.skipped}`, async () => {
  const sirv = createRequire(join(PAGE, "_")).resolve("sirv-cli/package.json");
  const server = start([join(dirname(sirv), "bin.js"), ".", "--dev", "--host", "127.0.0.1", "--port", "0"], PAGE);
  const address = /http:\S+/.exec(await server.said("http://"))![0];
  const browser = await openBrowser();
  try {
    const { page, problems } = await openPage(browser, `${address}/?url=${encodeURIComponent(router.url)}`);
    const shows = (selector: string, text: string): Promise<void> =>
      page.locator(selector).filter({ hasText: text }).first().waitFor();
    await shows("#status", `connected to ${router.url}`);
    const service = startService();
    await shows("#messages", "the service is here");

    const send = (id: string): Promise<unknown> => page.evaluate(`document.getElementById("${id}").requestSubmit()`);
    await page.locator("[name=text]").fill("hello from the page");
    await send("chat");
    await shows("#messages", "hello from the page");
    await service.said("chat: hello from the page");

    await send("sum");
    await shows("#result", "5");
    service.signal("SIGTERM");
    await service.exited;
    await send("sum");
    await shows("#result", "wamp.error.no_such_procedure");
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
});
