// W3C trace context from one client of Autobahn|JS to another, through the running app.
import * as autobahn from "autobahn";
import { expect, test } from "vitest";
import type { AutobahnPeer } from "./clients/autobahn-peer.js";
import { AUTOBAHN } from "./clients/kinds.js";
import { useRouter } from "./shared-router.js";

const { join } = useRouter();

const TRACE = {
  _traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  _tracestate: "vendor=1,other=2",
};

async function connect(): Promise<autobahn.Session> {
  return ((await join(AUTOBAHN[0]!)) as AutobahnPeer).raw;
}

/** Autobahn|JS hands on the details that it knows; the others are seen in what arrives. */
function arriving(session: autobahn.Session): unknown[][] {
  const messages: unknown[][] = [];
  const socket = (session as unknown as { _socket: { onmessage: (message: unknown[]) => void } })._socket;
  const handle = socket.onmessage;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a property of Autobahn, not an event
  socket.onmessage = (message) => {
    messages.push(message);
    handle(message);
  };
  return messages;
}

test("CALL to INVOCATION, YIELD to RESULT, PUBLISH to EVENT; what is not well-formed is left out", async () => {
  const [caller, callee] = [await connect(), await connect()];
  const [toCaller, toCallee] = [arriving(caller), arriving(callee)];
  await callee.register("com.example.traced", () => new autobahn.Result(["done"]));
  await callee.subscribe("com.example.topic", () => {});

  await caller.call("com.example.traced", [], {}, TRACE);
  await caller.publish("com.example.topic", [], {}, { ...TRACE, acknowledge: true });
  await caller.call("com.example.traced", [], {}, { _traceparent: "not one" });

  const invocations = toCallee.filter(([type]) => type === 68);
  expect(invocations.map(([, , , details]) => details)).toEqual([TRACE, {}]);
  expect(toCallee.find(([type]) => type === 36)?.[3]).toMatchObject(TRACE);
  expect(toCaller.filter(([type]) => type === 50)).toHaveLength(2);
});
