// The client against other routers: all cases of every session that they support.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";
import type { Session } from "@kreuz/session";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { SESSION_CASES } from "../session/session-cases.js";

interface OtherRouter {
  readonly name: string;
  /** Names the program. */
  readonly variable: string;
  readonly url: string;
  /** Command line arguments; `folder` is a temporary one. */
  args(folder: string): readonly string[];
  /** What it does otherwise, by the name of the case. */
  readonly otherwise: ReadonlyMap<string, string>;
}

const NEXUS: OtherRouter = {
  name: "nexus",
  variable: "KREUZ_NEXUS",
  url: "ws://127.0.0.1:8791/ws",
  args: () => ["-websocket=127.0.0.1:8791", "-rawsocket=127.0.0.1:8792", "-queue=1024"],
  otherwise: new Map([
    ["calls: the caller is known when it is disclosed", "this realm of nexus does not let callers disclose themselves"],
  ]),
};

const CROSSBAR: OtherRouter = {
  name: "Crossbar.io",
  variable: "KREUZ_CROSSBAR",
  url: "ws://127.0.0.1:8793/ws",
  args(folder) {
    writeFileSync(join(folder, "config.json"), JSON.stringify(CROSSBAR_CONFIG));
    return ["start", "--cbdir", folder, "--loglevel", "error"];
  },
  otherwise: new Map([
    ["calls: mode kill waits for the callee's last word", "Crossbar.io answers `canceled`, whatever the callee says"],
    ["streams: arguments follow as they come", "Crossbar.io has no progressive call invocations"],
    ["streams: both ways at once", "Crossbar.io has no progressive call invocations"],
  ]),
};

const PERMISSION = {
  uri: "",
  match: "prefix",
  allow: { call: true, register: true, publish: true, subscribe: true },
  disclose: { caller: true, publisher: true },
};
const CROSSBAR_CONFIG = {
  version: 2,
  workers: [
    {
      type: "router",
      realms: [{ name: "realm1", roles: [{ name: "anyone", permissions: [PERMISSION] }] }],
      transports: [
        {
          type: "web",
          endpoint: { type: "tcp", interface: "127.0.0.1", port: 8793 },
          paths: { ws: { type: "websocket", auth: { anonymous: { type: "static", role: "anyone" } } } },
        },
      ],
    },
  ],
};

for (const router of [NEXUS, CROSSBAR]) {
  const program = process.env[router.variable];
  const skipped = program === undefined ? ` (skipped: ${router.variable} does not name its program)` : "";
  describe.skipIf(program === undefined)(`A session with ${router.name}${skipped}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "kreuz-router-"));
    let child: ChildProcess | undefined;

    beforeAll(async () => {
      child = spawn(program!, router.args(folder), { stdio: "ignore", env: { ...process.env, HOME: folder } });
      await vi.waitFor(async () => (await open()).close(), { timeout: 55_000, interval: 100 });
    });

    afterAll(() => {
      child?.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    const open = (): Promise<Session> =>
      connect({ transport: webSocket(router.url), realm: "realm1", reconnect: false, onError: () => {} });

    it.each(SESSION_CASES.filter(({ name }) => !router.otherwise.has(name)))("$name", async ({ name, run }) => {
      const sessions: Session[] = [];
      const uri = `com.example.case${SESSION_CASES.findIndex((each) => each.name === name)}`;
      try {
        await run({
          uri,
          open: async () => {
            const session = await open();
            sessions.push(session);
            return session;
          },
        });
      } finally {
        for (const session of sessions) await session.close();
      }
      expect(sessions.length).toBeGreaterThan(0);
    });
  });
}
