import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@kreuz/router";
import { describe, expect, test } from "vitest";
import { InvalidConfigError } from "./config-problem.js";
import { configFrom, loadConfig, parseConfig } from "./load-config.js";

const REALM = `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
`;

/** The problems of a text, one line each, as the command prints them. */
function errorsOf(text: string): string[] {
  try {
    parseConfig(text, "kreuz.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigError);
    return (error as Error).message.split("\n");
  }
  return [];
}

describe("a valid config", () => {
  test("needs a realm with an authentication method and a role; all else has defaults", () => {
    const { config } = parseConfig(REALM, "kreuz.yaml");
    expect(config).toMatchObject({
      realms: [{ name: "realm1", roles: [{ name: "guest", permissions: [] }], plugins: [] }],
      transports: [
        {
          type: "websocket",
          host: "127.0.0.1",
          port: 8080,
          codecs: ["json", "msgpack", "cbor"],
          keepAlive: { intervalMs: 30_000, timeoutMs: 20_000 },
        },
      ],
      limits: { handshakeTimeoutMs: DEFAULT_LIMITS.handshakeTimeout, maxNestingDepth: 64 },
      uriRule: "loose",
      strictRequestIds: false,
      slowConsumer: "drop",
      log: { level: "info", format: "auto" },
    });
  });

  test("may be JSON, with tabs and a $schema", () => {
    const { config } = parseConfig(
      `{
\t"$schema": "./kreuz.schema.json",
\t"realms": [{
\t\t"name": "realm1",
\t\t"auth": { "anonymous": { "role": "guest" } },
\t\t"roles": [{ "name": "guest", "permissions": [{ "uri": "", "match": "prefix", "allow": { "call": true } }] }]
\t}]
}`,
      "kreuz.json",
    );
    expect(config.realms[0]?.roles[0]?.permissions).toEqual([
      {
        uri: "",
        match: "prefix",
        allow: { call: true, register: false, forceReregister: false, subscribe: false, publish: false },
      },
    ]);
  });

  test("may use anchors and aliases", () => {
    const { config } = parseConfig(
      `realms:
  - name: one
    auth: &auth { anonymous: { role: guest } }
    roles: &roles
      - name: guest
  - { name: two, auth: *auth, roles: *roles }
`,
      "kreuz.yaml",
    );
    expect(config.realms[1]?.auth.anonymous?.role).toBe("guest");
  });

  test("may turn off pings", () => {
    const { config } = parseConfig(`${REALM}transports: [{ type: websocket, keepAlive: false }]`, "k");
    expect(config.transports).toMatchObject([{ keepAlive: false }]);
  });

  test("may come from code", () => {
    const realms = [{ name: "realm1", auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] }];
    expect(configFrom({ realms }).config.realms).toHaveLength(1);
    expect(() => configFrom({ realms: [] })).toThrow("config: realms: expected at least one realm, got an empty list");
  });
});

describe("every problem names the file, line and column, the path, and what was expected", () => {
  test.each<[string, string, readonly string[]]>([
    ["nothing at all", "", ["kreuz.yaml:1:1: expected a mapping such as { realms: … }, got nothing"]],
    ["a list", "- realms\n", ["kreuz.yaml:1:1: expected a mapping such as { realms: … }, got a list"]],
    ["no realm", "log: { level: info }\n", ["kreuz.yaml:1:1: realms: expected a list of realms, got nothing"]],
    ["an empty list", "realms: []\n", ["kreuz.yaml:1:9: realms: expected at least one realm, got an empty list"]],
    [
      "an unknown key at the top",
      `${REALM}relams: []\n`,
      ["kreuz.yaml:6:1: relams: unknown key; did you mean realms?"],
    ],
    [
      "an unknown key inside",
      `${REALM}log:\n  level: info\n  colour: red\n`,
      ["kreuz.yaml:8:3: log.colour: unknown key; known keys are level, format, file, trace"],
    ],
    [
      "a wrong type",
      `${REALM}transports:\n  - type: websocket\n    port: http\n`,
      ['kreuz.yaml:8:11: transports[0].port: expected a whole number from 0 to 65535, got "http"'],
    ],
    [
      "a number out of range",
      `${REALM}transports:\n  - type: websocket\n    port: 65536\n`,
      ["kreuz.yaml:8:11: transports[0].port: expected a whole number from 0 to 65535, got 65536"],
    ],
    [
      "a value with two mistakes",
      `${REALM}limits: { handshakeTimeoutMs: -0.5 }\n`,
      ["kreuz.yaml:6:31: limits.handshakeTimeoutMs: expected milliseconds, 1 or more, got -0.5"],
    ],
    [
      "groups of URIs that do not fit together",
      `${REALM}metrics:\n  groups:\n    - { name: a, uri: com.a }\n    - { name: a, uri: com.a }\n    - { name: b, uri: com..b }\n`,
      [
        'kreuz.yaml:9:15: metrics.groups[1].name: group "a" is defined twice',
        'kreuz.yaml:9:23: metrics.groups[1].uri: another group has exact "com.a"',
        'kreuz.yaml:10:23: metrics.groups[2].uri: "com..b" is not a valid URI for match: exact (uriRule: loose); did you mean match: wildcard?',
      ],
    ],
    [
      "a key without a value",
      `${REALM}log:\n  level:\n`,
      ["kreuz.yaml:7:9: log.level: expected debug, info, warn, error or silent, got nothing"],
    ],
    [
      "an unknown choice",
      `${REALM}slowConsumer: wait\n`,
      ['kreuz.yaml:6:15: slowConsumer: expected drop or disconnect, got "wait"'],
    ],
    [
      "a misspelled choice",
      `${REALM}slowConsumer: disconect
`,
      ['kreuz.yaml:6:15: slowConsumer: expected drop or disconnect, got "disconect"; did you mean disconnect?'],
    ],
    [
      "yes, which is a text in YAML 1.2",
      `${REALM}strictRequestIds: yes\n`,
      ['kreuz.yaml:6:19: strictRequestIds: expected true or false, got "yes"'],
    ],
    [
      "a transport without a type",
      `${REALM}transports:\n  - port: 80\n`,
      ["kreuz.yaml:7:5: transports[0].type: expected websocket, rawsocket or universal, got nothing"],
    ],
    [
      "an invalid path",
      `${REALM}transports:\n  - type: websocket\n    path: ws\n`,
      ['kreuz.yaml:8:11: transports[0].path: expected a path such as /ws, got "ws"'],
    ],
    [
      "keepAlive: true",
      `${REALM}transports:\n  - type: websocket\n    keepAlive: true\n`,
      ["kreuz.yaml:8:16: transports[0].keepAlive: expected false or a mapping, got true"],
    ],
    [
      "a wrong interval",
      `${REALM}transports:\n  - type: websocket\n    keepAlive: { intervalMs: never, timeout: 5 }\n`,
      [
        'kreuz.yaml:8:30: transports[0].keepAlive.intervalMs: expected milliseconds, 1 or more, got "never"',
        "kreuz.yaml:8:37: transports[0].keepAlive.timeout: unknown key; did you mean timeoutMs?",
      ],
    ],
    [
      "outbox limits in the wrong order",
      `${REALM}transports:\n  - type: websocket\n    outbox: { lowWaterBytes: 20, highWaterBytes: 10 }\n`,
      ["kreuz.yaml:8:30: transports[0].outbox.lowWaterBytes: expected at most highWaterBytes (10), got 20"],
    ],
    [
      "an origin with a path",
      `${REALM}transports:\n  - type: websocket\n    allowedOrigins: ["*", "https://example.com/"]\n`,
      [
        'kreuz.yaml:8:27: transports[0].allowedOrigins[1]: expected an origin such as https://example.com, "null" or "*", got "https://example.com/"',
      ],
    ],
    [
      "a codec twice and one that does not exist",
      `${REALM}transports:\n  - type: websocket\n    codecs: [json, xml]\n`,
      ['kreuz.yaml:8:20: transports[0].codecs[1]: expected json, msgpack or cbor, got "xml"'],
    ],
    [
      "two transports on one port",
      `${REALM}transports:\n  - type: websocket\n  - type: websocket\n    path: /other\n`,
      ["kreuz.yaml:8:5: transports[1].port: another transport listens on 127.0.0.1:8080"],
    ],
    [
      "a realm without an authentication method",
      "realms:\n  - name: realm1\n    auth: {}\n    roles: [{ name: guest }]\n",
      [
        "kreuz.yaml:3:11: realms[0].auth: expected at least one authentication method, such as anonymous; without one, no client can join",
      ],
    ],
    [
      "an unknown role",
      "realms:\n  - name: realm1\n    auth: { anonymous: { role: gest } }\n    roles: [{ name: guest }]\n",
      ['kreuz.yaml:3:32: realms[0].auth.anonymous.role: unknown role "gest"; this realm has guest'],
    ],
    [
      "a realm and a role twice",
      `${REALM}      - name: guest\n  - name: realm1\n    auth: { anonymous: { role: guest } }\n    roles: [{ name: guest }]\n`,
      [
        'kreuz.yaml:6:15: realms[0].roles[1].name: role "guest" is defined twice in this realm',
        'kreuz.yaml:7:11: realms[1].name: realm "realm1" is defined twice',
      ],
    ],
    [
      "invalid permissions",
      `${REALM}        permissions:
          - { uri: com.shop., allow: { call: true } }
          - { uri: com..price, allow: {} }
          - { uri: com.shop.add, allow: { call: true } }
          - { uri: com.shop.add, match: exact, allow: { call: false } }
          - { uri: "com.#", match: prefix, allow: {} }
`,
      [
        'kreuz.yaml:7:20: realms[0].roles[0].permissions[0].uri: "com.shop." is not a valid URI for match: exact (uriRule: loose); did you mean match: prefix?',
        'kreuz.yaml:8:20: realms[0].roles[0].permissions[1].uri: "com..price" is not a valid URI for match: exact (uriRule: loose); did you mean match: wildcard?',
        'kreuz.yaml:10:20: realms[0].roles[0].permissions[3].uri: this role has two permissions for exact "com.shop.add"',
        'kreuz.yaml:11:20: realms[0].roles[0].permissions[4].uri: "com.#" is not a valid URI for match: prefix (uriRule: loose)',
      ],
    ],
    [
      "a URI that only the loose rule allows",
      `${REALM.replace("realm1", "Realm1")}uriRule: strict\n`,
      ['kreuz.yaml:2:11: realms[0].name: "Realm1" is not a valid URI (uriRule: strict)'],
    ],
    [
      "several at once, in the order of the file",
      `realms:
  - name: realm1
    auth: { anonymous: { rôle: guest } }
    roles:
      - name: guest
        permissions:
          - allow: { call: 1, cancel: true }
transports: {}
`,
      [
        "kreuz.yaml:3:24: realms[0].auth.anonymous.role: expected the name of a role, got nothing",
        "kreuz.yaml:3:26: realms[0].auth.anonymous.rôle: unknown key; did you mean role?",
        "kreuz.yaml:7:13: realms[0].roles[0].permissions[0].uri: expected a URI, got nothing",
        "kreuz.yaml:7:28: realms[0].roles[0].permissions[0].allow.call: expected true or false, got 1",
        "kreuz.yaml:7:31: realms[0].roles[0].permissions[0].allow.cancel: unknown key; known keys are call, register, forceReregister, subscribe, publish",
        "kreuz.yaml:8:13: transports: expected a list of transports, got a mapping",
      ],
    ],
    [
      "a key twice",
      `${REALM}log: { level: info }\nlog: { level: warn }\n`,
      ["kreuz.yaml:7:1: Map keys must be unique"],
    ],
    [
      "invalid YAML",
      "realms: [\n",
      ["kreuz.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    [
      "the key __proto__",
      `${REALM}__proto__: { log: 1 }\n`,
      [
        "kreuz.yaml:6:1: __proto__: unknown key; known keys are $schema, realms, transports, workers, plugins, limits, uriRule, strictRequestIds, strictProgressiveResults, strictProgressiveInvocations, slowConsumer, cookies, log, shutdown, drain, admin, cluster, metrics",
      ],
    ],
    [
      "a wrong value behind an alias",
      `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest, permissions: [{ uri: a.b, allow: &all { call: maybe } }, { uri: a.c, allow: *all }] }]
`,
      [
        'kreuz.yaml:4:74: realms[0].roles[0].permissions[0].allow.call: expected true or false, got "maybe"',
        'kreuz.yaml:4:74: realms[0].roles[0].permissions[1].allow.call: expected true or false, got "maybe"',
      ],
    ],
  ])("%s", (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });

  test("an alias without an anchor", () => {
    expect(errorsOf("realms: *all\n")[0]).toContain("an alias without an anchor");
  });

  test("a missing file, and a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kreuz-"));
    try {
      await expect(loadConfig(join(folder, "none.yaml"))).rejects.toThrow("none.yaml: file not found");
      await expect(loadConfig(folder)).rejects.toThrow("expected a file, got a folder");
      await writeFile(join(folder, "kreuz.yaml"), "realms: 1\n");
      await expect(loadConfig(join(folder, "kreuz.yaml"))).rejects.toThrow("kreuz.yaml:1:9: realms: expected a list");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
