// The client against nexus, another router: all cases of every session that it supports. See bench/peers/nexus.
import { spawn, type ChildProcess } from "node:child_process";
import { connect } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";
import type { Session } from "@kreuz/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SESSION_CASES } from "../session/session-cases.js";

/** The server that `npm run bench:peers` builds with Go. */
const server = process.env["KREUZ_NEXUS"];
const skipped = server === undefined ? " (skipped: KREUZ_NEXUS does not name a nexus server)" : "";
const URL = "ws://127.0.0.1:8791/ws";

/** What nexus does otherwise. */
const OTHERWISE = new Map([
  ["calls: the caller is known when it is disclosed", "this realm of nexus does not let callers disclose themselves"],
]);

describe.skipIf(server === undefined)(`A session with nexus${skipped}`, () => {
  let child: ChildProcess;

  beforeAll(async () => {
    child = spawn(server!, ["-websocket=127.0.0.1:8791", "-rawsocket=127.0.0.1:8792", "-queue=1024"]);
    for (let tries = 1; ; tries++)
      try {
        await (await open()).close();
        return;
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
  });

  afterAll(() => void child?.kill());

  const open = (): Promise<Session> =>
    connect({ transport: webSocket(URL), realm: "realm1", reconnect: false, onError: () => {} });

  it.each(SESSION_CASES.filter(({ name }) => !OTHERWISE.has(name)))("$name", async ({ name, run }) => {
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
