// Spec: "Reserved URIs". PUBLISH and REGISTER of a URI under wamp. are in publish-subscribe and remote-procedure-calls.
import { ErrorUri, type MatchPolicy, MessageType as M, type Uri } from "@kreuz/codec";
import { sessionMeta } from "@kreuz/session-meta";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError } from "../support/index.js";

describe("Reserved URIs: a client's patterns never match the router's own procedures", () => {
  const PATTERNS: ReadonlyArray<readonly [uri: Uri, match: MatchPolicy]> = [
    ["", "prefix"],
    ["w", "prefix"],
    ["wam", "prefix"],
    ["", "wildcard"],
    ["..", "wildcard"],
    [".session.count", "wildcard"],
    ["..count", "wildcard"],
  ];

  it("calls under wamp. go to the router's procedures or to nobody", async () => {
    const router = await createTestRouter({ realm: { plugins: [sessionMeta()] } });
    const [spy, caller] = [await router.join(), await router.join()];
    for (const [uri, match] of PATTERNS) await spy.register(uri, { match });
    expect((await caller.call("wamp.session.count")).args).toEqual([2]);
    for (const procedure of ["wamp", "wamp.session.unknown", "wamp.x", "wamp.x.y", "wamp.registration.list"])
      await expectError(caller, M.CALL, caller.sendCall(procedure), ErrorUri.NO_SUCH_PROCEDURE);
    await spy.expectNothing();
    for (const procedure of ["wampum", "wam", "com.session.count"]) {
      caller.sendCall(procedure);
      spy.yield((await spy.expect(M.INVOCATION)).request);
      await caller.expect(M.RESULT);
    }
  });

  it("calls under wamp. go to nobody without the plugin that has the procedure", async () => {
    const router = await createTestRouter();
    const [spy, caller] = [await router.join(), await router.join()];
    for (const [uri, match] of PATTERNS) await spy.register(uri, { match });
    await expectError(caller, M.CALL, caller.sendCall("wamp.session.count"), ErrorUri.NO_SUCH_PROCEDURE);
    await spy.expectNothing();
  });

  it("subscriptions to patterns do match meta events, for clients with permission", async () => {
    const router = await createTestRouter({ realm: { plugins: [sessionMeta()] } });
    const watcher = await router.join();
    for (const [uri, match] of PATTERNS.slice(0, 3)) await watcher.subscribe(uri, { match });
    await watcher.subscribe("..on_join", { match: "wildcard" });
    await router.join();
    for (let index = 0; index < 4; index++)
      expect((await watcher.expect(M.EVENT)).details.topic).toBe("wamp.session.on_join");
    await watcher.expectNothing();
  });
});
