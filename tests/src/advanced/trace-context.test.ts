// Not in the specification: W3C trace context in implementation-specific options, which pass from client to client.
import { MessageType as M } from "@kreuz/codec";
import { expect, it } from "vitest";
import { callerAndCallee, PROCEDURE, publisherAndSubscriber, TOPIC } from "../support/index.js";

const TRACE = { _traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", _tracestate: "vendor=1" };

it("passes from CALL to INVOCATION and from YIELD to RESULT", async () => {
  const { caller, callee } = await callerAndCallee();
  caller.sendCall(PROCEDURE, {}, TRACE);
  const { request, details } = await callee.expect(M.INVOCATION);
  expect(details).toEqual(TRACE);
  callee.send({ type: M.YIELD, request, options: { ...TRACE, _other: 1 }, payload: {} });
  expect((await caller.expect(M.RESULT)).details).toEqual(TRACE);
});

it("passes from PUBLISH to EVENT", async () => {
  const { publisher, subscriber } = await publisherAndSubscriber();
  publisher.publish(TOPIC, {}, TRACE);
  expect((await subscriber.expect(M.EVENT)).details).toEqual(TRACE);
});
