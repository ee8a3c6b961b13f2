import { describe, expect, test } from "vitest";
import { developmentConfig, override } from "../config/find-config.js";
import { parseConfig } from "../config/load-config.js";
import type { Endpoint } from "../run/open-transports.js";
import { version } from "../version.js";
import { initialConfig } from "./init-command.js";
import { startReport, startScreen, startWarning } from "./start-screen.js";

/** What is shown of a running router. */
const running = (...endpoints: readonly Endpoint[]) => ({
  endpoints,
  adminUrl: "http://127.0.0.1:9080",
  consoleUrl: "http://127.0.0.1:9080/#token=abc",
});

const ENDPOINT = { url: "ws://127.0.0.1:8080/ws", port: 8080, codecs: ["json", "msgpack", "cbor"] } as const;

test("without a config, it shows how to connect and warns about the development defaults", () => {
  expect(startScreen(developmentConfig(), running(ENDPOINT))).toBe(`
  Kreuz ${version()}, WAMP router

    URL        ws://127.0.0.1:8080/ws
    Codecs     json, msgpack, cbor
    Realm      realm1
    Anonymous  may call, register, subscribe and publish everything, including wamp.session.*
    Health     http://127.0.0.1:9080/readyz
    Metrics    http://127.0.0.1:9080/metrics
    Console    http://127.0.0.1:9080/#token=abc  (good once)

  ⚠ Development defaults, because there is no kreuz.yaml here: every client that reaches this port
  may do everything. Do not expose it to the internet. Run \`kreuz init\` to create a config.

  Press Ctrl-C to stop.

`);
});

test("with a config, it names the file and does not warn", () => {
  const loaded = parseConfig(initialConfig(), "kreuz.yaml");
  const screen = startScreen(loaded, running(ENDPOINT));
  expect(screen).toContain("Config     kreuz.yaml\n");
  expect(screen).toContain("may call, register, subscribe, publish com.example.*; subscribe wamp.session.on_join;");
  expect(screen.replaceAll(/\s+/g, " ")).toContain("; and 2 more, see `kreuz check`");
  expect(screen).not.toContain("⚠");
  expect(screen.split("\n").every((line) => line.length <= 100)).toBe(true);
});

test("shows all realms and transports", () => {
  const loaded = parseConfig(
    `realms:
  - name: one
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
  - name: two
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest, permissions: [{ uri: com..price, match: wildcard, allow: { subscribe: true } }] }]
`,
    "kreuz.yaml",
  );
  const screen = startScreen(
    loaded,
    running(ENDPOINT, { ...ENDPOINT, url: "ws://127.0.0.1:8081/ws", codecs: ["json"] }),
  );
  expect(screen).toContain(`
    URL        ws://127.0.0.1:8080/ws
    Codecs     json, msgpack, cbor
    URL        ws://127.0.0.1:8081/ws
    Codecs     json
    Realm      one
    Anonymous  may do nothing
    Realm      two
    Anonymous  may subscribe com.*.price
    Health     http://127.0.0.1:9080/readyz
`);
});

test("the log line has the same as fields", () => {
  expect(startReport(developmentConfig(), running(ENDPOINT))).toEqual({
    version: version(),
    config: "built-in development defaults",
    urls: ["ws://127.0.0.1:8080/ws"],
    admin: "http://127.0.0.1:9080",
    console: "http://127.0.0.1:9080/#token=abc",
    codecs: ["json", "msgpack", "cbor"],
    realms: [
      {
        name: "realm1",
        anonymous: "may call, register, subscribe and publish everything, including wamp.session.*",
      },
    ],
  });
});

describe("the warning", () => {
  test.each([
    ["127.0.0.1", false],
    ["localhost", false],
    ["::1", false],
    ["0.0.0.0", true],
    ["192.168.0.2", true],
  ])("on %s", (host, reachable) => {
    const warning = startWarning(override(developmentConfig(), { host }));
    expect(warning).toContain("Do not expose it to the internet");
    expect(warning?.includes("other machines can reach it")).toBe(reachable);
  });
});
