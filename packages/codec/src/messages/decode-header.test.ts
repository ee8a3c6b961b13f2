import { describe, expect, it } from "vitest";
import { type Message, MessageType, messageName, ProtocolError } from "../index.js";
import { json } from "../json/json-codec.js";
import { encodeHeader } from "./encode-header.js";
import * as known from "./option-checks.js";
import { messageVectors } from "../vectors/message-vectors.js";

const decode = (message: unknown): Message => json.decode(new TextEncoder().encode(JSON.stringify(message)));

function rejection(message: unknown): string {
  try {
    decode(message);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as ProtocolError).message;
  }
  throw new Error(`${JSON.stringify(message)} was accepted`);
}

/** Each message with valid elements and the names of its fields in errors. */
const messages: readonly { readonly message: readonly unknown[]; readonly fields: readonly string[] }[] = [
  { message: [1, "realm1", { roles: { caller: {} } }], fields: ["HELLO.Realm", "HELLO.Details"] },
  { message: [2, 7, { roles: { broker: {} } }], fields: ["WELCOME.Session", "WELCOME.Details"] },
  { message: [3, {}, "a.b"], fields: ["ABORT.Details", "ABORT.Reason"] },
  { message: [4, "ticket", {}], fields: ["CHALLENGE.AuthMethod", "CHALLENGE.Extra"] },
  { message: [5, "secret", {}], fields: ["AUTHENTICATE.Signature", "AUTHENTICATE.Extra"] },
  { message: [6, {}, "a.b"], fields: ["GOODBYE.Details", "GOODBYE.Reason"] },
  {
    message: [8, 48, 1, {}, "a.b"],
    fields: ["ERROR.REQUEST.Type", "ERROR.REQUEST.Request", "ERROR.Details", "ERROR.Error"],
  },
  { message: [16, 1, {}, "a.b"], fields: ["PUBLISH.Request", "PUBLISH.Options", "PUBLISH.Topic"] },
  { message: [17, 1, 2], fields: ["PUBLISHED.Request", "PUBLISHED.Publication"] },
  { message: [32, 1, {}, "a.b"], fields: ["SUBSCRIBE.Request", "SUBSCRIBE.Options", "SUBSCRIBE.Topic"] },
  { message: [33, 1, 2], fields: ["SUBSCRIBED.Request", "SUBSCRIBED.Subscription"] },
  { message: [34, 1, 2], fields: ["UNSUBSCRIBE.Request", "UNSUBSCRIBE.Subscription"] },
  { message: [35, 1], fields: ["UNSUBSCRIBED.Request"] },
  { message: [35, 0, { reason: "a.b" }], fields: ["UNSUBSCRIBED.Request", "UNSUBSCRIBED.Details"] },
  { message: [36, 1, 2, {}], fields: ["EVENT.Subscription", "EVENT.Publication", "EVENT.Details"] },
  { message: [48, 1, {}, "a.b"], fields: ["CALL.Request", "CALL.Options", "CALL.Procedure"] },
  { message: [49, 1, {}], fields: ["CANCEL.Request", "CANCEL.Options"] },
  { message: [50, 1, {}], fields: ["RESULT.Request", "RESULT.Details"] },
  { message: [64, 1, {}, "a.b"], fields: ["REGISTER.Request", "REGISTER.Options", "REGISTER.Procedure"] },
  { message: [65, 1, 2], fields: ["REGISTERED.Request", "REGISTERED.Registration"] },
  { message: [66, 1, 2], fields: ["UNREGISTER.Request", "UNREGISTER.Registration"] },
  { message: [67, 1], fields: ["UNREGISTERED.Request"] },
  { message: [67, 0, { registration: 1 }], fields: ["UNREGISTERED.Request", "UNREGISTERED.Details"] },
  { message: [68, 1, 2, {}], fields: ["INVOCATION.Request", "INVOCATION.Registration", "INVOCATION.Details"] },
  { message: [69, 1, {}], fields: ["INTERRUPT.Request", "INTERRUPT.Options"] },
  { message: [70, 1, {}], fields: ["YIELD.Request", "YIELD.Options"] },
  { message: [337, 1], fields: ["EVENT_RECEIVED.Publication"] },
];

describe.each(messages)("$fields", ({ message, fields }) => {
  it("is accepted, and encodes to the same header", () => {
    expect(encodeHeader(decode(message))).toEqual(message);
  });

  it.each(fields.map((field, index) => [field, index + 1] as const))("an error names %s", (field, index) => {
    // No field accepts false.
    const text = rejection(message.with(index, false));
    expect(text).toMatch(`${field}: expected `);
    expect(text).toMatch(/, got boolean false$/);
  });

  it("is rejected with too few or too many elements", () => {
    const name = messageName(message[0] as number) as string;
    expect(rejection([message[0]])).toContain(`${name}: expected`);
    expect(rejection([...message, [], {}, 1])).toContain(`${name}: expected`);
  });
});

it("covers every message type", () => {
  const codes = new Set(messages.map(({ message }) => message[0]));
  expect(codes).toEqual(new Set(Object.values(MessageType)));
  expect(new Set(messageVectors.map(({ message }) => message.type))).toEqual(codes);
});

describe("known options of the wrong type", () => {
  const options: readonly (readonly [string, known.OptionChecks, (options: object) => unknown])[] = [
    ["HELLO.Details", known.HELLO_DETAILS, (details) => [1, "realm1", { roles: { caller: {} }, ...details }]],
    ["WELCOME.Details", known.WELCOME_DETAILS, (details) => [2, 1, { roles: { broker: {} }, ...details }]],
    ["ERROR.Details", known.ERROR_DETAILS, (details) => [8, 48, 1, details, "a.b"]],
    ["PUBLISH.Options", known.PUBLISH_OPTIONS, (given) => [16, 1, given, "a.b"]],
    ["SUBSCRIBE.Options", known.SUBSCRIBE_OPTIONS, (given) => [32, 1, given, "a.b"]],
    ["UNSUBSCRIBED.Details", known.REVOCATION_DETAILS, (given) => [35, 0, given]],
    ["EVENT.Details", known.EVENT_DETAILS, (given) => [36, 1, 2, given]],
    ["CALL.Options", known.CALL_OPTIONS, (given) => [48, 1, given, "a.b"]],
    ["CANCEL.Options", known.CANCEL_OPTIONS, (given) => [49, 1, given]],
    ["RESULT.Details", known.RESULT_DETAILS, (given) => [50, 1, given]],
    ["REGISTER.Options", known.REGISTER_OPTIONS, (given) => [64, 1, given, "a.b"]],
    ["UNREGISTERED.Details", known.REVOCATION_DETAILS, (given) => [67, 0, given]],
    ["INVOCATION.Details", known.INVOCATION_DETAILS, (given) => [68, 1, 2, given]],
    ["INTERRUPT.Options", known.CANCEL_OPTIONS, (given) => [69, 1, given]],
    ["YIELD.Options", known.RESULT_DETAILS, (given) => [70, 1, given]],
  ];

  const wrong = options.flatMap(([field, checks, messageWith]) =>
    Array.from(checks.keys(), (name) => [`${field}.${name}`, messageWith({ [name]: -1.5 })] as const),
  );
  it.each(wrong)("%s", (field, message) => {
    expect(rejection(message)).toMatch(new RegExp(`^${field}: expected .*, got number -1\\.5$`));
  });

  it.each([
    [
      [16, 1, { exclude: [1, "a"] }, "a.b"],
      'PUBLISH.Options.exclude[1]: expected an id (integer from 1 to 2^53), got the string "a"',
    ],
    [[16, 1, { exclude_authid: [1] }, "a.b"], "PUBLISH.Options.exclude_authid[0]: expected a string, got number 1"],
    [
      [64, 1, { invoke: "any" }, "a.b"],
      'one of "single", "first", "last", "roundrobin", "random", got the string "any"',
    ],
    [[49, 1, { mode: "abort" }], 'CANCEL.Options.mode: expected one of "skip", "kill", "killnowait"'],
    [[16, 1, { eligible: "5" }, "a.b"], 'PUBLISH.Options.eligible: expected a list of ids, got the string "5"'],
    [
      [1, "realm1", { roles: { caller: {} }, authmethods: ["a", null] }],
      "HELLO.Details.authmethods[1]: expected a string",
    ],
    [[48, 1, { forward_for: 1 }, "a.b"], "a list of dicts with session, authid and authrole"],
    [[48, 1, { forward_for: [{ session: 1 }] }, "a.b"], "CALL.Options.forward_for[0]: expected a dict with session"],
    [[48, 1, { timeout: 2 ** 53 }, "a.b"], "CALL.Options.timeout: expected a non-negative integer"],
    [[1, "realm1", { roles: {} }], "HELLO.Details.roles: expected at least one role"],
    [[1, "realm1", { roles: { caller: 1 } }], "HELLO.Details.roles.caller: expected a dict"],
    [[1, "realm1", { roles: { caller: { features: [] } } }], "HELLO.Details.roles.caller.features: expected a dict"],
    [[2, 1, {}], "WELCOME.Details.roles: expected a dict, got nothing"],
  ])("%j", (message, text) => {
    expect(rejection(message)).toContain(text);
  });

  it("errors describe the actual value in short", () => {
    expect(rejection([48, 1, {}, { a: 1 }])).toMatch("got a dict");
    expect(rejection([48, 1, {}, null])).toMatch("got null");
    expect(rejection([48, "x".repeat(100), {}, "a.b"])).toMatch(`got the string "${"x".repeat(40)}…"`);
  });

  it("unknown attributes and those of other messages are ignored (spec: Extensibility)", () => {
    expect(decode([48, 1, { acknowledge: 7, _any: [1], x: {} }, "a.b"])).toMatchObject({
      options: { acknowledge: 7, _any: [1], x: {} },
    });
  });
});

describe("message types", () => {
  it.each([0, 7, 9, 15, 37, 71, 255, 256, 336, 338, 1023, 1024, -1, 1.5])(
    "%d is unknown (spec: Extension Messages)",
    (type) => {
      expect(rejection([type, 1, {}, "a.b"])).toBe(`message type: expected a WAMP message code, got number ${type}`);
    },
  );

  it("ERROR refers to the type of a request", () => {
    for (const type of [16, 32, 34, 48, 49, 64, 66, 68, 69, 70])
      expect(decode([8, type, 1, {}, "a.b"])).toHaveProperty("requestType", type);
    for (const type of [1, 8, 17, 50, 7])
      expect(rejection([8, type, 1, {}, "a.b"])).toMatch("ERROR.REQUEST.Type: expected the code of a request message");
  });

  it("UNSUBSCRIBED and UNREGISTERED have details with request 0 only (spec: Subscription Revocation, Registration Revocation)", () => {
    expect(decode([35, 0, {}])).toEqual({ type: 35, request: 0, details: {} });
    expect(rejection([35, 1, {}])).toBe("UNSUBSCRIBED.Request: expected 0, since details follow, got number 1");
    expect(rejection([67, 0])).toMatch("UNREGISTERED.Request: expected an id");
  });
});
