import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { rbac } from "@kreuz/rbac";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, REALM, sendText, type TestRouter, textOf } from "../support/index.js";

const EVERYTHING = { call: true, register: true, subscribe: true, publish: true };

/** A realm that allows workers everything and guests only `com.public`. */
const open = (): Promise<TestRouter> =>
  createTestRouter({
    realm: {
      authorizer: rbac({
        roles: [
          { name: "worker", permissions: [{ uri: "", match: "prefix", allow: EVERYTHING }] },
          { name: "guest", permissions: [{ uri: "com.public", allow: EVERYTHING }] },
        ],
      }),
    },
  });

/** Sends a message. @returns the text of the answer. */
async function answerTo(client: WireSession, text: string): Promise<string> {
  sendText(client, text);
  await client.next();
  return textOf(client.frames.at(-1));
}

describe("Denials reveal nothing", () => {
  it.each([
    ["REGISTER", (uri: string) => `[64,1,{},"${uri}"]`],
    ["REGISTER by force", (uri: string) => `[64,1,{"force_reregister":true},"${uri}"]`],
    ["REGISTER on other terms", (uri: string) => `[64,1,{"invoke":"roundrobin"},"${uri}"]`],
    ["CALL", (uri: string) => `[48,1,{},"${uri}"]`],
    ["SUBSCRIBE", (uri: string) => `[32,1,{"get_retained":true},"${uri}"]`],
    ["PUBLISH", (uri: string) => `[16,1,{"acknowledge":true},"${uri}"]`],
  ])("%s: the answer does not depend on whether the URI exists", async (_, request) => {
    const router = await open();
    const [worker, guest] = [
      await router.join({ authid: "ann", authrole: "worker" }),
      await router.join({ authid: "bob", authrole: "guest" }),
    ];
    await worker.register("com.secret.there");
    await worker.subscribe("com.secret.there");
    worker.publish("com.secret.there", {}, { retain: true });
    const there = await answerTo(guest, request("com.secret.there"));
    const nowhere = await answerTo(guest, request("com.secret.gone0"));
    expect(JSON.parse(there)).toMatchObject({ 0: M.ERROR, 4: ErrorUri.NOT_AUTHORIZED });
    expect(nowhere.replaceAll("gone0", "there")).toBe(there);
  });

  it("ids of other sessions are answered like unknown ids", async () => {
    const router = await open();
    const [worker, guest] = [
      await router.join({ authid: "ann", authrole: "worker" }),
      await router.join({ authid: "bob", authrole: "guest" }),
    ];
    const subscription = await worker.subscribe("com.secret.topic");
    const registration = await worker.register("com.secret.procedure");
    for (const [code, held] of [
      [34, subscription],
      [66, registration],
    ]) {
      const theirs = await answerTo(guest, `[${code},1,${held}]`);
      const nobodys = await answerTo(guest, `[${code},1,4711]`);
      expect(nobodys.replace("4711", String(held))).toBe(theirs);
    }
  });

  it("a publication without acknowledge is dropped silently and not retained", async () => {
    const router = await open();
    const [worker, guest] = [
      await router.join({ authid: "ann", authrole: "worker" }),
      await router.join({ authid: "bob", authrole: "guest" }),
    ];
    await worker.subscribe("com.secret.topic");
    guest.publish("com.secret.topic", { args: ["planted"] }, { retain: true });
    guest.publish("com.secret.topic", { args: ["planted"] }, { retain: true, acknowledge: false });
    await guest.expectNothing();
    await worker.expectNothing();
    await worker.subscribe("com.secret.topic", { get_retained: true });
    await worker.expectNothing();
  });

  it("the error names the client's role and URI, and no rules", async () => {
    const router = await open();
    const guest = await router.join({ authid: "bob", authrole: "guest" });
    const text = await expectError(guest, M.CALL, guest.sendCall("com.secret.procedure"), ErrorUri.NOT_AUTHORIZED);
    expect(text).toBe('role "guest" may not call "com.secret.procedure"');
  });
});

describe("Denials are counted and logged", () => {
  it("all are counted; the 1st, 10th and 100th of a session are logged, the others at level debug", async () => {
    const router = await open();
    const [bob, eve] = [
      await router.join({ authid: "bob", authrole: "guest" }),
      await router.join({ authid: "eve", authrole: "guest" }),
    ];
    for (let call = 0; call < 100; call++) bob.sendCall(`com.secret.p${call}`);
    for (let call = 0; call < 100; call++) await bob.expect(M.ERROR);
    eve.publish("com.secret.topic");
    await eve.expectNothing();
    expect(router.stats(REALM)!.refusedFor("denied")).toBe(101);
    const lines = router.log.filter(({ message }) => message === "not authorized");
    expect(lines).toHaveLength(101);
    const info = lines.filter(({ level }) => level === "info").map(({ fields }) => fields);
    expect(info.map(({ authid, denials }) => [authid, denials])).toEqual([
      ["bob", 1],
      ["bob", 10],
      ["bob", 100],
      ["eve", 1],
    ]);
    expect(info[0]).toMatchObject({
      session: bob.id,
      authrole: "guest",
      action: "call",
      uri: "com.secret.p0",
      match: "exact",
    });
  });
});
