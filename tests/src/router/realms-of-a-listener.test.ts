// A listener may serve some realms only.
import { ErrorUri } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { expect, it } from "vitest";
import { createTestRouter, expectAbort, hello, testRealm } from "../support/index.js";

it("to its clients, no other realm exists", async () => {
  const router = await createTestRouter({ realms: [testRealm({ uri: "com.one" }), testRealm({ uri: "com.two" })] });
  const acceptor = router.acceptor({ realms: ["com.two"] });
  const [inside, outside] = [new WireSession(), new WireSession()];
  for (const client of [inside, outside]) connectMemory(acceptor, client, { codec: json, clock: router.clock });
  await inside.join("com.two");
  hello(outside, ["anonymous"], {}, "com.one");
  await expectAbort(outside, ErrorUri.NO_SUCH_REALM);
  expect(router.connections).toBe(1);
});

it("one that does not exist is refused at once", async () => {
  const router = await createTestRouter();
  expect(() => router.acceptor({ realms: ["com.nowhere"] })).toThrow('realm "com.nowhere" does not exist');
});

it("all but some: those that open later are served, too", async () => {
  const router = await createTestRouter({ realms: [testRealm({ uri: "com.one" }), testRealm({ uri: "com.hidden" })] });
  const acceptor = router.acceptor({ except: ["com.hidden"] });
  await router.addRealm(testRealm({ uri: "com.later" }));
  const [inside, outside] = [new WireSession(), new WireSession()];
  for (const client of [inside, outside]) connectMemory(acceptor, client, { codec: json, clock: router.clock });
  await inside.join("com.later");
  hello(outside, ["anonymous"], {}, "com.hidden");
  await expectAbort(outside, ErrorUri.NO_SUCH_REALM);
});
