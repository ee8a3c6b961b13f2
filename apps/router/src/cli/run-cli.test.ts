import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { inspectConfig } from "../run/inspect-config.js";
import { firstCertificate, secondCertificate } from "../testing/certificates.js";
import { version } from "../version.js";
import { runCli } from "./run-cli.js";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kreuz-cli-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function kreuz(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const to = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const code = await runCli(args, { cwd: folder, env: {}, stdout: to("stdout"), stderr: to("stderr") });
  return { code, ...written };
}

test("version", async () => {
  expect(await kreuz("version")).toEqual({ code: 0, stdout: `${version()}\n`, stderr: "" });
  expect(await kreuz("--version")).toEqual({ code: 0, stdout: `${version()}\n`, stderr: "" });
});

test("help", async () => {
  const { code, stdout } = await kreuz("--help");
  expect(code).toBe(0);
  for (const command of ["start", "check", "init", "version"]) expect(stdout).toContain(command);
});

test("an unknown command, option or log level exits with 1", async () => {
  expect(await kreuz("run")).toMatchObject({ code: 1, stderr: expect.stringContaining("unknown command 'run'") });
  expect(await kreuz("check", "--all")).toMatchObject({ code: 1, stderr: expect.stringContaining("--all") });
  expect(await kreuz("start", "--log-level", "loud")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("debug, info, warn, error, silent"),
  });
  expect(await kreuz("start", "--log-level", "inof")).toMatchObject({
    stderr: expect.stringContaining("did you mean info?"),
  });
  expect(await kreuz("hash", "wamp-sram")).toMatchObject({
    stderr: expect.stringContaining("did you mean wamp-scram?"),
  });
});

describe("init", () => {
  test("writes a valid config", async () => {
    expect(await kreuz("init")).toMatchObject({ code: 0, stdout: expect.stringContaining("Wrote kreuz.yaml") });
    const text = await readFile(join(folder, "kreuz.yaml"), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:\S+kreuz\.schema\.json\n/);
    expect(parseConfig(text, "kreuz.yaml").config.realms[0]?.name).toBe("realm1");
    expect(await kreuz("check")).toMatchObject({ code: 0, stderr: "" });
  });

  test("never overwrites", async () => {
    await writeFile(join(folder, "kreuz.yaml"), "mine");
    expect(await kreuz("init")).toEqual({
      code: 1,
      stdout: "",
      stderr: "kreuz: kreuz.yaml already exists; choose another file with --config\n",
    });
    expect(await readFile(join(folder, "kreuz.yaml"), "utf8")).toBe("mine");
  });

  test("writes to the file that --config names", async () => {
    expect((await kreuz("init", "--config", "other.yaml")).code).toBe(0);
    expect((await kreuz("check", "--config", "other.yaml")).stdout).toContain("other.yaml: valid");
  });
});

describe("check", () => {
  test("describes what the router would run", async () => {
    await kreuz("init");
    const { stdout } = await kreuz("check");
    expect(stdout).toContain("kreuz.yaml: valid. `kreuz start` would run:");
    expect(stdout).toContain("  listen on ws://127.0.0.1:8080/ws\n    codecs       json, msgpack, cbor\n");
    expect(stdout).toContain("  realm realm1\n    anonymous   gets role guest\n");
    expect(stdout).toContain("    role guest  may call, register, subscribe, publish com.example.*\n");
    expect(stdout).toContain("                may call wamp.session.count\n");
    expect(stdout).toContain("    plugins     @kreuz/session-meta\n");
  });

  test("without a config, it describes the development defaults", async () => {
    const { code, stdout } = await kreuz("check");
    expect(code).toBe(0);
    expect(stdout).toContain("built-in development defaults: valid");
    expect(stdout).toContain("Do not expose it to the internet");
  });

  test("reports every problem with its position and exits with 1", async () => {
    await writeFile(
      join(folder, "kreuz.json"),
      '{\n  "realms": 1,\n  "transports": [{ "type": "carrier pigeon" }]\n}\n',
    );
    const { code, stdout, stderr } = await kreuz("check");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/kreuz\.json:2:13: realms: expected a list of realms, got 1\n/);
    expect(stderr).toMatch(
      /kreuz\.json:3:28: transports\[0\]\.type: expected websocket, rawsocket or universal, got "carrier pigeon"\n/,
    );
  });

  test("reports a missing plugin", async () => {
    await kreuz("init");
    const path = join(folder, "kreuz.yaml");
    await writeFile(path, (await readFile(path, "utf8")).replace("@kreuz/session-meta", "kreuz-none"));
    const { code, stderr } = await kreuz("check");
    expect(code).toBe(1);
    expect(stderr).toMatch(/kreuz\.yaml:\d+:18: realms\[0\]\.plugins\[0\]\.package: cannot find "kreuz-none"/);
  });

  test("opens what a start would open, and reports every problem of it", async () => {
    await writeFile(join(folder, "cert.pem"), firstCertificate.cert);
    await writeFile(join(folder, "key.pem"), secondCertificate.key);
    await writeFile(join(folder, "users.yaml"), "joe: { role: nobody, ticket: sesame }");
    const config = `realms:
  - name: realm1
    auth: { ticket: { file: users.yaml } }
    roles: [{ name: guest }]
    plugins: [{ package: "@kreuz/event-history", options: { topics: 1 } }]
transports:
  - { type: websocket, tls: { cert: cert.pem, key: key.pem } }
  - { type: websocket, unix: { path: gone/kreuz.sock } }
log: { file: gone/kreuz.log }
`;
    await writeFile(join(folder, "kreuz.yaml"), config);
    const { code, stdout, stderr } = await kreuz("check");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const places = stderr.split("\n").map((line) => / ([a-z]\S+): /.exec(line)?.[1]);
    expect(places).toEqual([
      "realms[0].plugins[0].options.topics",
      "transports[0].tls.key",
      "transports[1].unix.path",
      "log.file",
      "realms[0].auth.ticket.file",
      undefined,
    ]);
    expect(stderr).not.toContain("sesame");
  });

  test("warns about what is hardly meant, and shows the limits in force", async () => {
    const config = `realms:
  - name: realm1
    auth: { ticket: { users: { joe: { role: user, ticket: sesame } } } }
    roles:
      - name: user
        permissions:
          - { uri: com.example.*, match: prefix, allow: { call: true } }
          - { uri: com.example.add, match: wildcard, allow: { call: true } }
          - { uri: wamp.session.count, allow: { register: true } }
      - name: nobody
transports: [{ type: websocket, host: 0.0.0.0 }]
limits: { uriLength: 99, memoryBytes: 100000000 }
`;
    await writeFile(join(folder, "kreuz.yaml"), config);
    const { code, stdout } = await kreuz("check");
    expect(code).toBe(0);
    const warned = stdout.split("\n").filter((line) => line.startsWith("⚠"));
    expect(warned.map((line) => line.split(": ")[1])).toEqual([
      "realms[0].roles[1].name",
      "realms[0].roles[0].permissions[0].uri",
      "realms[0].roles[0].permissions[1].uri",
      "realms[0].roles[0].permissions[2].allow",
      "transports[0]",
    ]);
    expect(stdout).toMatch(/^ {4}uriLength +99$/m);
    expect(stdout).toMatch(/^ {4}memoryBytesPerClient +25000000$/m);
    expect(stdout).not.toContain("sesame");
  });

  test("warns about a certificate whose time is over", async () => {
    const loaded = parseConfig(
      `realms: [{ name: realm1, auth: { anonymous: { role: user } }, roles: [{ name: user }] }]
transports: [{ type: websocket, tls: { cert: cert.pem, key: key.pem } }]`,
      join(folder, "kreuz.yaml"),
    );
    await writeFile(join(folder, "cert.pem"), firstCertificate.cert);
    await writeFile(join(folder, "key.pem"), firstCertificate.key);
    expect(await inspectConfig(loaded, Date.parse("2026-01-01"))).toEqual([]);
    for (const [day, message] of [
      ["2024-01-01", "is not valid before"],
      ["2048-12-31", "expires on"],
      ["2050-01-01", "expired on"],
    ] as const)
      expect(await inspectConfig(loaded, Date.parse(day))).toMatchObject([
        { path: "transports[0].tls.cert", message: expect.stringContaining(message) },
      ]);
  });

  test("reports a missing file", async () => {
    const { code, stderr } = await kreuz("check", "--config", "none.yaml");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/none\.yaml: file not found\n$/),
    });
  });
});

test("start rejects an invalid port", async () => {
  expect(await kreuz("start", "--port", "http")).toEqual({
    code: 1,
    stdout: "",
    stderr: 'kreuz: --port: expected a port from 0 to 65535, got "http"\n',
  });
});
