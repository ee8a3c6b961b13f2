// What clients put into options is bounded, known or not: hashing a key and looking up receivers then cost little.
import { ErrorUri, MessageType as M, type Message } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAlive, expectError, expectNoTrace, PROCEDURE, TOPIC } from "../support/index.js";

const LONG = "x".repeat(5000);
const MANY = Array.from({ length: 10_001 }, (_, index) => index + 1);
const NAMES = MANY.map(String);

const publish = (options: object) => (request: number) =>
  ({ type: M.PUBLISH, request, options: { acknowledge: true, ...options }, topic: TOPIC, payload: {} }) as Message;
const call = (options: object) => (request: number) =>
  ({ type: M.CALL, request, options, procedure: PROCEDURE, payload: {} }) as Message;
const subscribe = (options: object) => (request: number) =>
  ({ type: M.SUBSCRIBE, request, options, topic: TOPIC }) as Message;
const register = (options: object) => (request: number) =>
  ({ type: M.REGISTER, request, options, procedure: PROCEDURE }) as Message;

describe("A request is refused, and the session goes on, when its options have", () => {
  it.each([
    ["exclude", publish({ exclude: MANY }), "PUBLISH.Options.exclude has 10001 elements; the maximum is 10000"],
    ["exclude_authid", publish({ exclude_authid: NAMES }), "10001 elements"],
    ["exclude_authrole", publish({ exclude_authrole: NAMES }), "10001 elements"],
    ["eligible", publish({ eligible: MANY }), "10001 elements"],
    ["eligible_authid", publish({ eligible_authid: NAMES }), "10001 elements"],
    ["eligible_authrole", publish({ eligible_authrole: NAMES }), "10001 elements"],
    ["a resource key", publish({ rkey: LONG }), "PUBLISH.Options.rkey has 5000 characters; the maximum is 4096"],
    ["a resource key", call({ runmode: "partition", rkey: LONG }), "CALL.Options.rkey has 5000 characters"],
    ["a node key", subscribe({ nkey: LONG }), "SUBSCRIBE.Options.nkey has 5000 characters"],
    ["a shard key", register({ nkey: LONG }), "REGISTER.Options.nkey has 5000 characters"],
    ["an unknown text", call({ _custom: LONG }), "CALL.Options._custom has 5000 characters"],
    ["an unknown list", subscribe({ _custom: MANY }), "SUBSCRIBE.Options._custom has 10001 elements"],
    ["too many attributes", call(Object.fromEntries(NAMES.map((name) => [`_${name}`, 1]))), "CALL.Options has 10001"],
  ] as const)("%s beyond the limit", async (_what, messageOf, text) => {
    const router = await createTestRouter();
    const client = await router.join();
    const request = client.nextRequest();
    const message = messageOf(request);
    client.send(message);
    expect(await expectError(client, message.type, request, ErrorUri.LIMIT_EXCEEDED)).toContain(text);
    const { metrics } = router;
    expect(metrics.get("limit_option_text_length") + metrics.get("limit_option_list_length")).toBe(1);
    await expectAlive(client);
    await expectNoTrace(router, [client]);
  });
});

it("options within limits.optionTextLength and limits.optionListLength pass", async () => {
  const router = await createTestRouter({ limits: { optionTextLength: 10, optionListLength: 4 } });
  const client = await router.join();
  for (const options of [{ exclude: [1, 2, 3, 4], rkey: "0123456789" }, { exclude_authid: [LONG] }]) {
    client.send(publish(options)(client.nextRequest()));
    await client.expect(M.PUBLISHED);
  }
  const request = client.nextRequest();
  client.send(publish({ exclude: [1, 2, 3, 4, 5] })(request));
  await expectError(client, M.PUBLISH, request, ErrorUri.LIMIT_EXCEEDED);
});
