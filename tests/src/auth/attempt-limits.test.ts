import { attemptLimiter, ticket, TicketAccounts, wampcra, AccountStore } from "@kreuz/auth";
import { ticketClient, wampcraClient } from "@kreuz/auth/client";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { CounterMetrics } from "@kreuz/router";
import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { authenticatingRouter, expectAbort, hello, logIn, startLogin, type TestRouter } from "../support/index.js";

const WINDOW = 60_000;

interface LimitedSetup {
  readonly router: TestRouter;
  /** The clock of the limits. */
  readonly clock: FakeClock;
  readonly metrics: CounterMetrics;
}

async function setUp(): Promise<LimitedSetup> {
  const [clock, metrics] = [new FakeClock(), new CounterMetrics()];
  const limiter = attemptLimiter({
    perAddress: { failures: 4, window: WINDOW },
    perAuthidAtAddress: { failures: 2, window: WINDOW },
    perAuthid: { failures: 6, window: WINDOW },
    clock,
    onLimit: () => metrics.count("limit_authentication_attempts"),
  });
  const router = await authenticatingRouter(
    limiter(ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "right" } }) })),
    limiter(wampcra({ store: new AccountStore({ joe: { authrole: "user", secret: "right" } }) })),
  );
  return { router, clock, metrics };
}

async function fail(router: TestRouter, authid: string, peer: string): Promise<void> {
  const client = router.connectClient({ peer });
  await startLogin(client, ticketClient("wrong"), { authid });
  await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
}

describe("Limits on failed attempts", () => {
  it("per authid at an address, for all methods; a valid credential is refused at HELLO until the window is over", async () => {
    const { router, clock, metrics } = await setUp();
    await fail(router, "joe", "10.0.0.1:1");
    await fail(router, "joe", "10.0.0.1:2");
    await logIn(router.connectClient({ peer: "10.0.0.3:1" }), wampcraClient("right"), { authid: "joe" });
    const client = router.connectClient({ peer: "10.0.0.1:3" });
    hello(client, ["wampcra"], { authid: "joe" });
    expect(await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED)).toContain("too many failed attempts");
    expect(metrics.get("limit_authentication_attempts")).toBe(1);
    clock.advance(WINDOW);
    await logIn(router.connectClient({ peer: "10.0.0.1:4" }), wampcraClient("right"), { authid: "joe" });
  });

  it("per authid, for all addresses, with a larger allowance", async () => {
    const { router } = await setUp();
    for (let count = 0; count < 6; count++) await fail(router, "joe", `10.0.0.${count}:1`);
    const client = router.connectClient({ peer: "10.0.0.9:1" });
    hello(client, ["wampcra"], { authid: "joe" });
    expect(await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED)).toContain("too many failed attempts");
  });

  it("per address, for all authids", async () => {
    const { router } = await setUp();
    for (const authid of ["a", "b", "c", "d"]) await fail(router, authid, "10.0.0.1:1");
    const client = router.connectClient({ peer: "10.0.0.1:2" });
    hello(client, ["ticket"], { authid: "joe" });
    await expectAbort(client, ErrorUri.AUTHENTICATION_DENIED);
    await logIn(router.connectClient({ peer: "10.0.0.9:1" }), ticketClient("right"), { authid: "joe" });
  });

  it("known and unknown authids are limited alike", async () => {
    const { router } = await setUp();
    const frames = [];
    for (const [index, authid] of ["joe", "nobody"].entries()) {
      await fail(router, authid, `10.1.${index}.1:1`);
      await fail(router, authid, `10.1.${index}.1:2`);
      const client = router.connectClient({ peer: `10.1.${index}.1:3` });
      hello(client, ["ticket"], { authid });
      await client.expect(M.ABORT);
      frames.push(client.frames.at(-1));
    }
    expect(frames[0]).toEqual(frames[1]);
  });

  it("challenges without an answer do not count", async () => {
    const { router } = await setUp();
    for (let count = 0; count < 20; count++) {
      const client = router.connectClient({ peer: "10.0.0.1:1" });
      hello(client, ["ticket"], { authid: "joe" });
      await client.expect(M.CHALLENGE);
      client.disconnect();
    }
    await logIn(router.connectClient({ peer: "10.0.0.1:1" }), ticketClient("right"), { authid: "joe" });
  });
});
