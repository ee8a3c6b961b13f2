import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { describe, expect, test } from "vitest";
import { startRouter } from "../run/start-router.js";
import { startForTest } from "../testing/running-router.js";
import { InvalidConfigError } from "./config-problem.js";
import { configFrom } from "./load-config.js";

const URI = "com.example.decide";
const exact = (allow: object) => ({ uri: URI, allow });
const all = (allow: object) => ({ uri: "", match: "prefix", allow });
const desk = { name: "desk", permissions: [exact({ register: true })] };
const tickets = (role: string) => ({ ticket: { users: { [role]: { role, ticket: "secret" } } } });

/** A config whose realm `users` lets people in by a procedure in the realm `services`, which has these roles. */
const configWith = (roles: readonly object[], auth: object = tickets("desk"), users: object = {}): unknown => ({
  realms: [
    { name: "users", auth: { ticket: { procedure: URI, realm: "services" } }, roles: [{ name: "user" }], ...users },
    { name: "services", auth, roles },
  ],
  transports: [{ type: "websocket", port: 0 }],
});

function problemOf(config: unknown): string {
  try {
    configFrom(config);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("a procedure that decides about others, in the wrong hands", () => {
  test.each<[string, unknown, string]>([
    ["one role may register it: good", configWith([desk]), ""],
    ["no role may: a plugin or the program itself does", configWith([{ name: "desk" }]), ""],
    ["it may call itself", configWith([{ name: "desk", permissions: [exact({ register: true, call: true })] }]), ""],
    [
      "an admin with an exception for it",
      configWith([desk, { name: "admin", permissions: [all({ call: true, register: true }), exact({})] }]),
      "",
    ],
    [
      "two roles may register it",
      configWith([desk, { name: "admin", permissions: [all({ register: true, forceReregister: true })] }]),
      `realms[0].auth.ticket.procedure: expected one role of realm "services" that may register "${URI}", because whoever does decides; got desk, admin`,
    ],
    [
      "anonymous clients may register it",
      configWith([desk], { anonymous: { role: "desk" } }),
      `anonymous clients of realm "services" may register "${URI}" as desk`,
    ],
    [
      "another role may call it",
      configWith([
        desk,
        { name: "guest", permissions: [{ uri: "com..decide", match: "wildcard", allow: { call: true } }] },
      ]),
      `role guest of realm "services" may call "${URI}", and so learn what it returns`,
    ],
    [
      "in the same realm",
      {
        realms: [
          {
            name: "users",
            auth: { wampcra: { procedure: URI }, anonymous: { role: "guest" } },
            roles: [{ name: "guest", permissions: [{ uri: "com.", match: "prefix", allow: { register: true } }] }],
          },
        ],
        transports: [{ type: "websocket", port: 0 }],
      },
      "realms[0].auth.wampcra.procedure: anonymous clients",
    ],
    [
      "an authorizer of a role",
      configWith([desk, { name: "admin", permissions: [all({ register: true })] }], tickets("desk"), {
        auth: { anonymous: { role: "user" } },
        roles: [{ name: "user", authorizer: { procedure: URI, realm: "services" } }],
      }),
      "realms[0].roles[0].authorizer.procedure: expected one role",
    ],
    [
      "an authorizer of a realm",
      configWith([desk, { name: "admin", permissions: [all({ call: true })] }], tickets("desk"), {
        auth: { anonymous: { role: "user" } },
        authorizer: { procedure: URI, realm: "services" },
      }),
      "realms[0].authorizer.procedure: role admin",
    ],
  ])("%s", (_, config, problem) => {
    if (problem === "") expect(problemOf(config)).toBe("");
    else expect(problemOf(config)).toContain(problem);
  });

  test("start refuses it as well as check", async () => {
    const config = configWith([desk, { name: "admin", permissions: [all({ register: true })] }]);
    await expect(async () => startRouter(configFrom(config))).rejects.toThrow("expected one role");
  });

  test("forceReregister without register is refused", () => {
    expect(problemOf(configWith([{ name: "desk", permissions: [exact({ forceReregister: true })] }]))).toContain(
      "realms[1].roles[0].permissions[0].allow.forceReregister: expected register: true as well",
    );
  });
});

describe("a role that a procedure decides about", () => {
  test.each([
    ["REGISTER", [64, 1, {}, URI]],
    ["REGISTER by force", [64, 1, { force_reregister: true }, URI]],
    ["REGISTER of a prefix", [64, 1, { match: "prefix" }, "com."]],
    ["REGISTER of a wildcard", [64, 1, { match: "wildcard" }, "com..decide"]],
    ["CALL", [48, 1, {}, URI]],
  ])("%s of the deciding procedure is denied, and the procedure is not asked", async (_, message) => {
    const running = await startForTest(
      configFrom({
        realms: [
          {
            name: "users",
            auth: { anonymous: { role: "user" } },
            roles: [{ name: "user", authorizer: { procedure: URI } }],
          },
        ],
        transports: [{ type: "websocket", port: 0 }],
      }),
    );
    const asked: unknown[] = [];
    running.router.connect("users").register(URI, ({ args }) => {
      asked.push(args);
      return true;
    });
    const client = new WireSession({ turns: 20_000 });
    connectMemory(running.router, client, { codec: json });
    await client.join("users");
    client.sendFrame(new TextEncoder().encode(JSON.stringify(message)));
    expect((await client.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
    expect(asked).toEqual([]);
  });
});
