// Tests that every config in docs/authentication.md is valid, and that its users can log in.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scramClient, ticketClient, wampcraClient, wampScramClient, type ClientMethod } from "@kreuz/auth/client";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { parseConfig, startRouter, type RunningRouter } from "kreuz";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const PAGE = await readFile(new URL("../../../docs/authentication.md", import.meta.url), "utf8");
/** The blocks of YAML with the headings above them. */
const BLOCKS = [...PAGE.matchAll(/^## (.*?)\n|^```yaml\n(.*?)^```/gms)].reduce<{ heading: string; text: string }[]>(
  (found, [, heading, text]) => {
    if (heading !== undefined) return [...found, { heading, text: "" }];
    return [...found, { heading: found.at(-1)?.heading ?? "", text: text ?? "" }];
  },
  [],
);
const USERS = BLOCKS.find(({ text }) => text.startsWith("# users.yaml"))?.text ?? "";
const CONFIGS = BLOCKS.filter(({ text }) => text !== "" && text !== USERS);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(text: string): Promise<RunningRouter> {
  const folder = await mkdtemp(join(tmpdir(), "kreuz-page-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "users.yaml"), USERS);
  const config = { ...(parse(text) as object), transports: [{ type: "websocket", port: 0 }] };
  const running = await startRouter(parseConfig(JSON.stringify(config), join(folder, "kreuz.yaml")));
  cleanups.push(() => running.stop());
  return running;
}

async function logIn({ router }: RunningRouter, method: ClientMethod): Promise<unknown> {
  // Argon2id takes many turns of the event loop.
  const client = new WireSession({ turns: 1_000_000 });
  connectMemory(router, client, { codec: json });
  cleanups.push(() => client.disconnect());
  const details = {
    roles: { caller: {} },
    authid: "joe",
    authmethods: [method.authmethod],
    authextra: method.authextra,
  };
  client.send({ type: M.HELLO, realm: "realm1", details });
  const { signature, extra } = await method.respond((await client.expect(M.CHALLENGE)).extra);
  client.send({ type: M.AUTHENTICATE, signature, extra });
  return (await client.expect(M.WELCOME)).details.authid;
}

test("the page has configs", () => {
  expect(CONFIGS.length).toBeGreaterThan(7);
  expect(USERS).not.toBe("");
});

test.each(CONFIGS)("$heading", async ({ text }) => {
  expect(() => parseConfig(text, "kreuz.yaml")).not.toThrow();
  await start(text);
});

describe("the hashes on the page belong to the password that it names", () => {
  test.each([
    ["Passwords and tokens", ticketClient("mellon")],
    ["A shared secret", wampcraClient("mellon")],
    ["A password that nobody else knows", wampScramClient({ authid: "joe", password: "mellon" })],
    ["A password that nobody else knows", scramClient({ authid: "joe", password: "mellon" })],
    ["Users in a file", ticketClient("4f0ce5a1d2d94f0f8d5f7a3c1be2a690")],
  ])("%s", async (heading, method) => {
    const { text = "" } = CONFIGS.find((block) => block.heading.startsWith(heading)) ?? {};
    expect(await logIn(await start(text), method)).toBe("joe");
  });
});
