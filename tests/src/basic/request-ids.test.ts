// Spec: "IDs" and "Protocol Errors": request ids count up by one from 1.
import { ErrorUri, MAX_ID, MessageType as M, type Id } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, expectError, REALM, sendText } from "../support/index.js";

const violation = (client: WireSession): Promise<string> => expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);

describe("Protocol Errors: non-sequential request ids", () => {
  const REQUESTS: Readonly<Record<string, (id: Id) => string>> = {
    PUBLISH: (id) => `[16,${id},{"acknowledge":true},"a.b"]`,
    SUBSCRIBE: (id) => `[32,${id},{},"a.b"]`,
    UNSUBSCRIBE: (id) => `[34,${id},7]`,
    CALL: (id) => `[48,${id},{},"a.b"]`,
    REGISTER: (id) => `[64,${id},{},"a.b"]`,
    UNREGISTER: (id) => `[66,${id},7]`,
  };

  describe.each(Object.entries(REQUESTS))("%s with strictRequestIds", (name, text) => {
    it.each([2, 3, 1000, MAX_ID])("starting with id %i: ABORT protocol_violation", async (id) => {
      const client = await (await createTestRouter({ strictRequestIds: true })).join();
      sendText(client, text(id));
      expect(await violation(client)).toBe(`${name}.Request: expected the next id 1, got ${id}`);
    });

    it("repeating or skipping an id: ABORT protocol_violation", async () => {
      for (const wrong of [1, 2, 4, 5]) {
        const client = await (await createTestRouter({ strictRequestIds: true })).join();
        for (const id of [1, 2, wrong]) sendText(client, text(id));
        await client.next();
        await client.next();
        expect(await violation(client)).toContain("expected the next id 3");
      }
    });
  });

  it("all requests of a session share one sequence, including failed ones", async () => {
    const client = await (await createTestRouter({ strictRequestIds: true })).join();
    for (const [index, text] of Object.values(REQUESTS).entries()) {
      sendText(client, text(index + 1));
      await client.next();
    }
    sendText(client, '[32,7,{},"not a uri"]');
    await expectError(client, M.SUBSCRIBE, 7, ErrorUri.INVALID_URI);
    await client.expectNothing();
    sendText(client, REQUESTS["CALL"]!(8));
    await client.next();
    expect(client.closed).toBe(false);
  });

  it("each session counts from 1, also after a new HELLO on the same transport", async () => {
    const router = await createTestRouter({ strictRequestIds: true });
    const [one, other] = [await router.join(), await router.join()];
    for (const client of [one, other, one]) await client.subscribe("a.b");
    await one.leave();
    await one.join(REALM);
    sendText(one, REQUESTS["SUBSCRIBE"]!(1));
    expect((await one.expect(M.SUBSCRIBED)).request).toBe(1);
  });

  it("YIELD, ERROR, CANCEL and GOODBYE do not count", async () => {
    const router = await createTestRouter({ strictRequestIds: true });
    const [callee, caller] = [await router.join(), await router.join()];
    await callee.register("a.b");
    for (let call = 0; call < 4; call++) caller.sendCall("a.b");
    for (let call = 0; call < 4; call++) {
      const { request } = await callee.expect(M.INVOCATION);
      if (call % 2 === 0) callee.yield(request);
      else callee.fail(request, "com.example.error");
    }
    await callee.register("a.c");
    await settle();
    expect(caller.unread).toHaveLength(4);
    expect((await callee.leave()).reason).toBe("wamp.close.goodbye_and_out");
  });

  it("without strictRequestIds any id from 1 to 2^53 is accepted, and the answer repeats it", async () => {
    const client = await (await createTestRouter()).join();
    for (const id of [MAX_ID - 1, MAX_ID, 1, 2, 2, 713_845_233]) {
      sendText(client, REQUESTS["SUBSCRIBE"]!(id));
      expect((await client.expect(M.SUBSCRIBED)).request).toBe(id);
    }
  });
});
