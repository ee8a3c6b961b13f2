import { ErrorUri, type OptionsSchema } from "@kreuz/codec";
import { type PluginTest, testPlugin } from "@kreuz/plugin-testkit";
import { CallResult } from "@kreuz/router";
import { afterEach, describe, expect, it } from "vitest";
import { type PayloadRule, payloadSchema } from "./index.js";

const ORDER = "com.shop.order";
const ID = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer", minimum: 1 } },
  additionalProperties: false,
};
const ARGS = { type: "array", prefixItems: [ID], minItems: 1, items: false };

let kit: PluginTest | undefined;
afterEach(async () => {
  await kit?.close();
  kit = undefined;
});

async function shopWith(rule: Omit<PayloadRule, "uri">, answer: unknown = "done") {
  kit = await testPlugin(payloadSchema({ rules: [{ uri: ORDER, ...rule }] }));
  const shop = await kit.client({ authid: "shop" });
  const parts: unknown[] = [];
  await shop.register(ORDER, ({ args }) => {
    parts.push(args);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { shop, bob: await kit.client({ authid: "bob" }), parts };
}

const issues = (path: string, message: string) => ({
  uri: ErrorUri.INVALID_ARGUMENT,
  payload: { args: [`${path}: ${message}`], kwargs: { issues: [{ path, message }] } },
});

describe("payloadSchema: calls", () => {
  it.each<[string, readonly unknown[], string, string]>([
    ["a value of another type", [{ id: "secret" }], "args[0].id", "expected integer"],
    ["a value out of range", [{ id: 0 }], "args[0].id", "must be >= 1"],
    ["a missing key", [{}], "args[0].id", "is missing"],
    ["an unknown key", [{ id: 1, secret: 1 }], "args[0]", "has an unknown key"],
    ["no arguments", [], "args", "must NOT have fewer than 1 items"],
  ])("refuses %s, and the callee sees none of it", async (_, args, path, message) => {
    const { bob, parts } = await shopWith({ args: ARGS });
    const error = await bob.call(ORDER, args).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(issues(path, message));
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(parts).toEqual([]);
  });

  it("lets through what fits, as it came: nothing is converted", async () => {
    const { bob, parts } = await shopWith({ args: ARGS, kwargs: { type: "object", maxProperties: 0 } });
    expect((await bob.call(ORDER, [{ id: 7 }])).args).toEqual(["done"]);
    expect(parts).toEqual([[{ id: 7 }]]);
  });

  it("checks keyword arguments", async () => {
    const { bob } = await shopWith({ kwargs: ID });
    await expect(bob.call(ORDER)).rejects.toMatchObject(issues("kwargs.id", "is missing"));
  });

  it("takes a Standard Schema, also one that answers with a Promise; its messages, which may have values, are not told", async () => {
    const standard: OptionsSchema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: async (given) =>
          (given as unknown[])[0] === 7
            ? { value: given }
            : { issues: [{ message: `not 7 but ${String((given as unknown[])[0])}`, path: [{ key: 0 }] }] },
      },
    };
    const { bob } = await shopWith({ args: standard });
    await expect(bob.call(ORDER, ["secret"])).rejects.toMatchObject(issues("args[0]", "is not valid"));
    await bob.call(ORDER, [7]);
  });

  it("refuses what is encrypted, unless its rule lets it pass", async () => {
    const sealed = [[new Uint8Array([1, 2, 3])], { ppt_scheme: "x_custom" }] as const;
    const strict = await shopWith({ args: ARGS });
    await expect(strict.bob.call(ORDER, ...sealed)).rejects.toMatchObject(
      issues("payload", "is encrypted, and cannot be checked"),
    );
    await kit?.close();
    const lenient = await shopWith({ args: ARGS, sealed: "pass" });
    await lenient.bob.call(ORDER, ...sealed);
    expect(lenient.parts).toHaveLength(1);
  });

  it("matches URIs by prefix and wildcard", async () => {
    kit = await testPlugin(
      payloadSchema({ rules: [{ uri: "com.shop", match: "prefix", args: { type: "array", maxItems: 0 } }] }),
    );
    const bob = await kit.client();
    await bob.register(ORDER, () => undefined);
    await expect(bob.call(ORDER, [1])).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await bob.call(ORDER);
  });
});

describe("payloadSchema: results and publications", () => {
  it("keeps a result that does not fit from the caller, who did nothing wrong", async () => {
    const { bob } = await shopWith({ result: { args: ARGS } }, { id: "secret" });
    await expect(bob.call(ORDER)).rejects.toMatchObject({
      uri: ErrorUri.RUNTIME_ERROR,
      args: ["the result does not fit its schema: args[0].id: expected integer"],
    });
  });

  it("checks the keyword arguments of results, and leaves errors alone", async () => {
    const { bob } = await shopWith({ result: { kwargs: ID } }, new CallResult({ kwargs: { id: 1 } }));
    expect((await bob.call(ORDER)).kwargs).toEqual({ id: 1 });
  });

  it("refuses a publication", async () => {
    kit = await testPlugin(payloadSchema({ rules: [{ uri: ORDER, publish: { args: ARGS } }] }));
    const bob = await kit.client();
    await expect(bob.publish(ORDER, [{}], { acknowledge: true })).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
    });
    await bob.publish(ORDER, [{ id: 1 }], { acknowledge: true });
  });
});

describe("payloadSchema: options", () => {
  it.each<[string, unknown, string]>([
    ["a schema that is none", { uri: ORDER, args: { type: "nubmer" } }, "rules[0].args: schema is invalid"],
    [
      "an unknown word in a schema",
      { uri: ORDER, args: { minItem: 1 } },
      'rules[0].args: strict mode: unknown keyword: "minItem"',
    ],
    ["a list for a schema", { uri: ORDER, args: [] }, "rules[0].args: expected a JSON Schema, as a mapping"],
    ["nothing to check", { uri: ORDER }, "rules[0]: expected args, kwargs, result or publish"],
    ["an unknown key", { uri: ORDER, arg: {} }, "rules[0].arg: unknown key; did you mean args?"],
  ])("refuse %s", (_, rule, message) => {
    expect(() => payloadSchema({ rules: [rule as PayloadRule] })).toThrow(message);
  });
});
