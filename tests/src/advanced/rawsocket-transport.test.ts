import { ErrorUri, MessageType as M, type CallOptions } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, PROCEDURE, REALM, type TestRouter, TOPIC } from "../support/index.js";

const LONG = { args: ["x".repeat(5000)] };
const SHORT = { args: ["x"] };

/** Joins a client that accepts frames of up to 4096 bytes, as RawSocket lets it announce. */
async function joinNarrow(router: TestRouter): Promise<WireSession> {
  const client = router.connectClient({ maxFrameBytes: 4096 });
  await client.join(REALM);
  return client;
}

/** Calls and waits for INVOCATION. @returns the request ids of both. */
async function called(callee: WireSession, caller: WireSession, options: CallOptions = {}): Promise<[number, number]> {
  const request = caller.nextRequest();
  caller.send({ type: M.CALL, request, options, procedure: PROCEDURE, payload: SHORT });
  return [request, (await callee.expect(M.INVOCATION)).request];
}

async function registered(client: WireSession): Promise<void> {
  client.send({ type: M.REGISTER, request: client.nextRequest(), options: {}, procedure: PROCEDURE });
  await client.expect(M.REGISTERED);
}

async function subscribed(client: WireSession): Promise<void> {
  client.send({ type: M.SUBSCRIBE, request: client.nextRequest(), options: {}, topic: TOPIC });
  await client.expect(M.SUBSCRIBED);
}

describe("RawSocket Transport: messages longer than the client accepts are never sent", () => {
  it("INVOCATION: the caller gets payload_size_exceeded, and the callee stays available", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await joinNarrow(router), await router.join()];
    await registered(callee);
    const request = caller.nextRequest();
    caller.send({ type: M.CALL, request, options: {}, procedure: PROCEDURE, payload: LONG });
    await expectError(caller, M.CALL, request, ErrorUri.PAYLOAD_SIZE_EXCEEDED);
    await callee.expectNothing();
    await called(callee, caller);
    expect(router.stats(REALM)!.undeliverable).toBe(1);
  });

  it("RESULT: the caller gets payload_size_exceeded instead", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await router.join(), await joinNarrow(router)];
    await registered(callee);
    const [request, invocation] = await called(callee, caller);
    callee.send({ type: M.YIELD, request: invocation, options: {}, payload: LONG });
    await expectError(caller, M.CALL, request, ErrorUri.PAYLOAD_SIZE_EXCEEDED);
  });

  it("progressive RESULT: payload_size_exceeded ends the call", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await router.join(), await joinNarrow(router)];
    await registered(callee);
    const [request, invocation] = await called(callee, caller, { receive_progress: true });
    callee.send({ type: M.YIELD, request: invocation, options: { progress: true }, payload: LONG });
    await expectError(caller, M.CALL, request, ErrorUri.PAYLOAD_SIZE_EXCEEDED);
    expect((await callee.expect(M.INTERRUPT)).request).toBe(invocation);
    await called(callee, caller);
  });

  it("ERROR: the caller gets payload_size_exceeded instead", async () => {
    const router = await createTestRouter();
    const [callee, caller] = [await router.join(), await joinNarrow(router)];
    await registered(callee);
    const [request, invocation] = await called(callee, caller);
    const error = "com.example.error";
    callee.send({ type: M.ERROR, requestType: M.INVOCATION, request: invocation, details: {}, error, payload: LONG });
    await expectError(caller, M.CALL, request, ErrorUri.PAYLOAD_SIZE_EXCEEDED);
  });

  it("EVENT: is dropped for this subscriber and counted; others are not affected", async () => {
    const router = await createTestRouter();
    const [narrow, wide, publisher] = [await joinNarrow(router), await router.join(), await router.join()];
    await subscribed(narrow);
    await subscribed(wide);
    const request = publisher.nextRequest();
    publisher.send({ type: M.PUBLISH, request, options: { acknowledge: true }, topic: TOPIC, payload: LONG });
    await publisher.expect(M.PUBLISHED);
    await wide.expect(M.EVENT);
    await narrow.expectNothing();
    expect(router.stats(REALM)!.eventsDropped.total).toBe(1);
    publisher.send({ type: M.PUBLISH, request: publisher.nextRequest(), options: {}, topic: TOPIC, payload: SHORT });
    await narrow.expect(M.EVENT);
  });
});
