// The example of router and service in containers. Without a daemon for containers, its commands run as processes, with
// what the containers would see.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { NodeProgram, ROOT } from "../support/node-program.js";
import { RouterProcess } from "../support/router-process.js";

const FOLDER = join(ROOT, "examples", "docker-compose");

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets: readonly string[];
  readonly read_only: boolean;
}

interface ComposeFile {
  readonly services: { readonly router: Service; readonly service: Service };
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const read = (...path: readonly string[]): string => readFileSync(join(FOLDER, ...path), "utf8");
const compose = parse(read("compose.yaml")) as ComposeFile;

let secrets: string;
beforeEach(() => void (secrets = mkdtempSync(join(tmpdir(), "kreuz-secrets-"))));
afterEach(() => rmSync(secrets, { recursive: true }));

test("what the services mount is there, and no Dockerfile runs as root", () => {
  expect(compose.services.router.volumes).toEqual(["./router/kreuz.yaml:/etc/kreuz/kreuz.yaml:ro"]);
  expect(read(".gitignore")).toContain(compose.secrets["service_ticket"]!.file.replace("./", ""));
  for (const name of ["router", "service"] as const) {
    expect(compose.services[name].secrets).toEqual(["service_ticket"]);
    expect(compose.services[name].read_only).toBe(true);
    expect(read(name, "Dockerfile")).toMatch(/^USER 1000$/m);
  }
});

test("the service logs in with the secret, and a visitor calls it", async () => {
  writeFileSync(join(secrets, "service_ticket"), "sesame\n");
  const config = read("router", "kreuz.yaml").replaceAll("/run/secrets", secrets);
  const router = await RouterProcess.start({ files: { "kreuz.yaml": config } });
  const port = new URL(router.url).port;
  const { KREUZ_URL = "", TICKET_FILE = "" } = compose.services.service.environment ?? {};
  const url = KREUZ_URL.replace("router:8080", `127.0.0.1:${port}`);
  const env = { KREUZ_URL: url, TICKET_FILE: TICKET_FILE.replace("/run/secrets", secrets) };
  const service = new NodeProgram(["service.js"], { cwd: join(FOLDER, "service"), env });
  try {
    await service.said("com.example.now is registered");
    const visitor = new WireSession({ turns: 100_000 });
    await connectWebSocket(url, visitor, { codecs: [json] });
    await visitor.join("realm1");
    expect((await visitor.call("com.example.now")).args?.[0]).toMatch(/^\d{4}-/);
    service.signal("SIGTERM");
    expect(await service.exited).toBe(0);
  } finally {
    await service.kill();
    await router.kill();
  }
});
