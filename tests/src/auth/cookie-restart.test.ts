// A restart logs nobody out, where cookies are kept on disk.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cookieAuthentication, cookieJar, MemoryCookieStore, ticket, TicketAccounts } from "@kreuz/auth";
import { ticketClient } from "@kreuz/auth/client";
import { cookieJournalLmdb } from "@kreuz/cookie-journal-lmdb";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestRouter, expectAbort, hello, logIn, type TestRouter } from "../support/index.js";

let path = "";

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "kreuz-restart-"));
});

afterEach(() => rm(path, { recursive: true }));

interface Process {
  readonly router: TestRouter;
  readonly store: MemoryCookieStore;
  stop(): Promise<void>;
}

async function start(accounts = { joe: { authrole: "user", ticket: "secret" } }): Promise<Process> {
  const journal = await cookieJournalLmdb({ path });
  const store = new MemoryCookieStore({ journal });
  const cookies = cookieAuthentication(store);
  const authenticators = [cookies.authenticator, cookies.remember(ticket({ store: new TicketAccounts(accounts) }))];
  const router = await createTestRouter({ realm: { authenticators, plugins: [cookies.plugin] } });
  return {
    router,
    store,
    async stop() {
      await router.close();
      await journal.close();
    },
  };
}

it("who logged in before the restart is let in by the cookie after it, unless the account has changed or was logged out", async () => {
  const before = await start();
  const jar = cookieJar({ store: before.store });
  const [kept, left] = [jar({ cookieHeader: "", tls: false }).id, jar({ cookieHeader: "", tls: false }).id];
  for (const cookie of [kept, left])
    await logIn(before.router.connectClient({ evidence: { cookie } }), ticketClient("secret"), { authid: "joe" });
  const last = before.router.connectClient({ evidence: { cookie: left } });
  hello(last, ["cookie"]);
  await last.expect(M.WELCOME);
  await last.leave("wamp.close.logout");
  await before.stop();

  const after = await start();
  const sent = cookieJar({ store: after.store })({ cookieHeader: `kreuz=${kept}`, tls: false });
  expect(sent.id).toBe(kept);
  const client = after.router.connectClient({ evidence: { cookie: kept } });
  hello(client, ["cookie"]);
  expect((await client.expect(M.WELCOME)).details).toMatchObject({ authid: "joe", authmethod: "cookie" });
  const gone = after.router.connectClient({ evidence: { cookie: left } });
  hello(gone, ["cookie"]);
  await expectAbort(gone, ErrorUri.NO_MATCHING_AUTH_METHOD);
  await after.stop();

  const demoted = await start({ joe: { authrole: "guest", ticket: "secret" } });
  const same = demoted.router.connectClient({ evidence: { cookie: kept } });
  hello(same, ["cookie"]);
  await expectAbort(same, ErrorUri.AUTHENTICATION_DENIED);
  await demoted.stop();
});
