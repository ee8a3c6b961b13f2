// The cluster in containers, without a daemon: what its file mounts is there, and what is mounted is valid.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { KREUZ, NodeProgram, ROOT } from "../support/node-program.js";
import { replaced } from "./proxy-process.js";
import { checker } from "./tools.js";

const DEPLOY = join(ROOT, "deploy");
const read = (...path: readonly string[]): string => readFileSync(join(DEPLOY, ...path), "utf8");
const haproxy = checker("haproxy");

interface Service {
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
}

const { services } = parse(read("compose-cluster.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const routers = Object.keys(services).filter((name) => name.startsWith("kreuz-"));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "kreuz-cluster-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("three routers, of which the proxy alone is reached from outside, and NATS by the routers alone", () => {
  expect(routers).toHaveLength(3);
  const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
  expect(published.map(([name]) => name)).toEqual(["proxy"]);
  const back = Object.entries(services).filter(([, { networks }]) => networks.includes("back"));
  expect(back.map(([name]) => name).toSorted()).toEqual([...routers, "nats"]);
});

test("the proxy knows every router, and asks whether it is ready where the router tells it", () => {
  const config = read("cluster", "haproxy.cfg");
  const { transports, admin } = parse(read("cluster", "kreuz.yaml")) as {
    readonly transports: readonly { readonly port: number }[];
    readonly admin: { readonly port: number };
  };
  for (const name of routers) expect(config).toContain(`server ${name} ${name}:${transports[0]!.port}\n`);
  expect(config).toContain(`check port ${admin.port} `);
});

test("the routers' config is valid", async () => {
  const users = join(folder, "users.yaml");
  writeFileSync(users, "joe: { role: user, ticket: sesame }\n");
  const config = replaced(read("cluster", "kreuz.yaml"), { "/run/secrets/kreuz/users.yaml": users });
  writeFileSync(join(folder, "kreuz.yaml"), config);
  const check = new NodeProgram([KREUZ, "check", "--config", join(folder, "kreuz.yaml")]);
  expect(await check.exited, check.lines.join("\n")).toBe(0);
});

describe.skipIf(haproxy.skip)(`HAProxy${haproxy.skipped}`, () => {
  test("understands its config", () => {
    haproxy.run("-c", "-f", join(DEPLOY, "cluster", "haproxy.cfg"));
  });
});
