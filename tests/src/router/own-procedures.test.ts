// Calls of the router's own procedures count in their caller's share of a turn: their handlers run in microtasks, where
// nothing else would bound how many of them come one after the other.
import { MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { expect, it } from "vitest";
import { createTestRouter, expectNoTrace, Probe, PROCEDURE } from "../support/index.js";

it("a caller is read on when the handler of its last call has run; others are read meanwhile", async () => {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe] } });
  const order: string[] = [];
  const [flooding, other] = [await router.join(), await router.join()];
  probe.realm.procedure(PROCEDURE, ({ caller }) => {
    order.push(caller.session === flooding.id ? "flooding" : "other");
  });
  const message = (request: number) =>
    ({ type: M.CALL, request, options: {}, procedure: PROCEDURE, payload: {} }) as const;
  for (let count = 0; count < 50; count++) flooding.send(message(flooding.nextRequest()));
  other.send(message(other.nextRequest()));
  await settle();
  expect(order).toHaveLength(51);
  expect(order.indexOf("other")).toBeLessThan(10);
  for (let count = 0; count < 50; count++) await flooding.expect(M.RESULT);
  await other.expect(M.RESULT);
  await expectNoTrace(router, [flooding, other]);
});

it("one that waits for something does not hold up its caller", async () => {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe] } });
  const client = await router.join();
  probe.realm.procedure(PROCEDURE, () => new Promise(() => {}));
  client.send({ type: M.CALL, request: client.nextRequest(), options: {}, procedure: PROCEDURE, payload: {} });
  await client.subscribe("com.example.topic");
  await expectNoTrace(router, [client]);
});
