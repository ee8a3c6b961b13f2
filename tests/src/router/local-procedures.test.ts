import { ErrorUri, MessageType as M, WampError } from "@kreuz/codec";
import { CallResult, type Plugin } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  ARGS,
  CODECS,
  createTestRouter,
  Deferred,
  expectError,
  KWARGS,
  localAndClient,
  PROCEDURE,
  REALM,
  TOPIC,
} from "../support/index.js";

describe("Local sessions: procedures", () => {
  it.each(CODECS)("serve and call clients that speak %s", async (_id, codec) => {
    const { router, local } = await localAndClient();
    const client = await router.join({ codec });
    local.register(PROCEDURE, ({ args, kwargs }) => new CallResult({ args, kwargs }));
    const payload = await client.call(PROCEDURE, { args: ARGS, kwargs: KWARGS });
    expect([payload.args, payload.kwargs]).toEqual([ARGS, KWARGS]);
    await client.register("com.example.remote");
    const call = local.call("com.example.remote", { args: ARGS, kwargs: KWARGS });
    const invocation = await client.expect(M.INVOCATION);
    client.yield(invocation.request, invocation.payload);
    const result = await call;
    expect([result.args, result.kwargs]).toEqual([ARGS, KWARGS]);
  });

  it("get the caller and the procedure", async () => {
    const { local, client } = await localAndClient();
    local.register("com.", ({ procedure, caller }) => [procedure, caller.session, caller.authrole], {
      match: "prefix",
    });
    expect((await client.call(PROCEDURE)).args).toEqual([[PROCEDURE, client.id, "anonymous"]]);
  });

  it.each<readonly [string, () => unknown, readonly unknown[] | undefined]>([
    ["a value", () => "x", ["x"]],
    ["a promise", async () => 7, [7]],
    ["null", () => null, [null]],
    ["nothing", () => {}, undefined],
    ["a list, which is one value", () => [1, 2], [[1, 2]]],
    ["a CallResult", () => new CallResult({ args: [1, 2] }), [1, 2]],
  ])("return %s", async (_what, handler, expected) => {
    const { local, client } = await localAndClient();
    local.register(PROCEDURE, handler);
    expect((await client.call(PROCEDURE)).args).toEqual(expected);
  });

  it("a WampError is passed to the caller; any other error becomes runtime_error, with the cause in the log", async () => {
    const { router, local, client } = await localAndClient();
    local.register("com.known", () => {
      throw new WampError("com.example.error", undefined, { args: [1], kwargs: { a: 2 } }, { hint: "x" });
    });
    local.register("com.unknown", async () => {
      throw new Error("a secret");
    });
    client.sendCall("com.known");
    expect(await client.expect(M.ERROR)).toMatchObject({
      error: "com.example.error",
      details: { hint: "x" },
      payload: { args: [1], kwargs: { a: 2 } },
    });
    const text = await expectError(client, M.CALL, client.sendCall("com.unknown"), ErrorUri.RUNTIME_ERROR);
    expect(text).not.toContain("secret");
    expect(router.errors()).toHaveLength(1);
  });

  it("calls reject with the error of the callee or the router", async () => {
    const { local, client } = await localAndClient();
    await expect(local.call(PROCEDURE)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_PROCEDURE });
    await client.register(PROCEDURE);
    const call = local.call(PROCEDURE);
    client.fail((await client.expect(M.INVOCATION)).request, "com.example.error", { args: ["why"] }, { hint: 1 });
    await expect(call).rejects.toMatchObject({
      uri: "com.example.error",
      message: "com.example.error: why",
      payload: { args: ["why"] },
      details: { hint: 1 },
    });
    const pending = local.call(PROCEDURE);
    await client.expect(M.INVOCATION);
    client.disconnect();
    await expect(pending).rejects.toMatchObject({ uri: ErrorUri.CANCELED });
  });

  it("calls resolve with the final result, not with progress", async () => {
    const { local, client } = await localAndClient();
    await client.register(PROCEDURE);
    const call = local.call(PROCEDURE, {}, { receive_progress: true });
    const { request } = await client.expect(M.INVOCATION);
    client.yield(request, { args: ["part"] }, { progress: true });
    await settle();
    client.yield(request, { args: ["whole"] });
    expect((await call).args).toEqual(["whole"]);
  });

  it("values that no codec can encode fail only where they are used", async () => {
    const { router, local, client } = await localAndClient();
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    await client.subscribe(TOPIC);
    await client.register("com.example.remote");
    local.register(PROCEDURE, () => loop);
    local.publish(TOPIC, { args: [loop] });
    await expect(local.call("com.example.remote", { args: [loop] })).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
    });
    await expectError(client, M.CALL, client.sendCall(PROCEDURE), ErrorUri.INVALID_ARGUMENT);
    await client.expectNothing();
    expect(router.stats(REALM)!.undeliverable).toBe(3);
    expect(router.errors()).toEqual([]);
  });

  it("can call themselves and each other", async () => {
    const { router, local } = await localAndClient();
    const other = router.connect(REALM);
    local.register("com.even", async ({ args: [n] }) =>
      n === 0 ? true : (await local.call("com.odd", { args: [Number(n) - 1] })).value,
    );
    other.register("com.odd", async ({ args: [n] }) =>
      n === 0 ? false : (await other.call("com.even", { args: [Number(n) - 1] })).value,
    );
    expect((await local.call("com.even", { args: [20] })).args).toEqual([true]);
    expect((await local.call("com.even", { args: [7] })).args).toEqual([false]);
  });

  it("a procedure that exists: procedure_already_exists", async () => {
    const { local, client } = await localAndClient();
    await client.register(PROCEDURE);
    await expect(local.register(PROCEDURE, () => 1)).rejects.toMatchObject({ uri: ErrorUri.PROCEDURE_ALREADY_EXISTS });
  });

  it("calls in progress are answered after the procedure was unregistered (spec: UNREGISTER)", async () => {
    const { router, local, client } = await localAndClient();
    const later = new Deferred<string>();
    const registration = await local.register(PROCEDURE, () => later.promise);
    const started = client.sendCall(PROCEDURE);
    await settle();
    const queued = router.connect(REALM).call(PROCEDURE);
    await registration.unregister();
    await registration.unregister();
    await expectError(client, M.CALL, client.sendCall(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
    later.resolve("done");
    expect(await client.expect(M.RESULT)).toMatchObject({ request: started, payload: { args: ["done"] } });
    expect((await queued).args).toEqual(["done"]);
  });

  it("registering inside a listener for registrations works", async () => {
    const nested: Plugin = {
      name: "nested",
      setup(realm) {
        realm.on("registrationCreated", ({ uri }) => {
          if (uri === "com.outer") realm.procedure("com.inner", () => "inner");
        });
        realm.procedure("com.outer", () => "outer");
      },
    };
    const client = await (await createTestRouter({ realm: { plugins: [nested] } })).join();
    for (const name of ["outer", "inner"]) {
      expect((await client.call(`com.${name}`)).args).toEqual([name]);
    }
  });
});
