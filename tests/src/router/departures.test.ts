// A session that holds much leaves over several turns of the event loop, so that nobody waits for it. To everybody else it
// is gone at once.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, expectNoTrace, Probe, REALM } from "../support/index.js";

/** More than are removed in one turn. */
const MANY = 300;
const procedures = Array.from({ length: MANY }, (_, index) => `com.example.p${index}`);

describe("A session that holds much and leaves", () => {
  it("is removed a bounded number of steps per turn, and its last event comes at the end", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const client = await router.join();
    for (const procedure of procedures) await client.subscribe(procedure);
    let [removed, left] = [0, 0];
    probe.realm.on("subscriberRemoved", () => void removed++);
    probe.realm.on("sessionLeft", () => void left++);
    client.disconnect();
    await settle();
    expect(router.counts(REALM)?.sessions).toBe(0);
    expect(removed).toBe(128);
    expect(left).toBe(0);
    router.clock.advance(0);
    expect([removed, left]).toEqual([MANY, 1]);
    await expectNoTrace(router, []);
  });

  it("gives its procedures up at once: another session registers and serves them", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await router.join(), await router.join()];
    for (const procedure of procedures) await callee.register(procedure);
    callee.disconnect();
    await settle();
    expect(router.counts(REALM)?.registrations).toBeGreaterThan(0);

    const last = procedures.at(-1)!;
    const request = caller.sendCall(last);
    await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
    const successor = await router.join();
    for (const procedure of procedures.slice(-50)) await successor.register(procedure);
    caller.sendCall(last, { args: ["hello"] });
    const invocation = await successor.expect(M.INVOCATION);
    successor.yield(invocation.request, invocation.payload);
    expect((await caller.expect(M.RESULT)).payload.args).toEqual(["hello"]);
    await expectNoTrace(router, [caller, successor]);
  });

  it("is invoked no more where it shared a procedure, and waiting calls go to the others", async () => {
    const router = await createTestRouter();
    const [leaver, stayer, caller] = [await router.join(), await router.join(), await router.join()];
    for (const procedure of procedures) await leaver.register(procedure);
    const options = { invoke: "roundrobin", concurrency: 1 } as const;
    await leaver.register("com.example.shared", options);
    await stayer.register("com.example.shared", options);
    // Both are busy, and two calls wait.
    for (let count = 0; count < 4; count++) caller.sendCall("com.example.shared", { args: [count] });
    const { request } = await stayer.expect(M.INVOCATION);
    leaver.disconnect();
    await settle();
    stayer.yield(request);
    for (let answered = 0; answered < 2; answered++) {
      const next = await stayer.expect(M.INVOCATION);
      stayer.yield(next.request);
    }
    for (let count = 0; count < 3; count++) await caller.expect(M.RESULT);
    router.clock.advance(0);
    expect((await caller.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    await expectNoTrace(router, [stayer, caller]);
  });

  it("leaves its calls in turns as well: each caller that waits for it gets one answer", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await router.join(), await router.join()];
    await callee.register("com.example.slow");
    for (let count = 0; count < MANY; count++) caller.sendCall("com.example.slow");
    await settle();
    callee.disconnect();
    await settle();
    router.clock.advance(0);
    for (let count = 0; count < MANY; count++) expect((await caller.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    await caller.expectNothing();
    await expectNoTrace(router, [caller]);
  });

  it("is removed before its realm closes", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const client = await router.join();
    for (const procedure of procedures) await client.subscribe(procedure);
    let left = 0;
    probe.realm.on("sessionLeft", () => void left++);
    client.disconnect();
    await settle();
    const closed = router.close();
    await settle();
    router.clock.advance(0);
    await settle();
    router.clock.advance(0);
    await closed;
    expect(left).toBe(1);
  });
});
