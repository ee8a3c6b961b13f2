// The container image and the manifests of Kubernetes, without a daemon and without a cluster: linted, rendered, checked
// against the schemas of Kubernetes, and the image's command run as it runs in a container.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../support/node-program.js";
import { findTool } from "../support/tools.js";
import { until } from "../support/wait.js";
import { checker } from "./tools.js";

const hadolint = checker("hadolint");
const kubectl = checker("kubectl");
const validate = checker("kubernetes-validate");

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "kreuz-containers-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(hadolint.skip)(`hadolint${hadolint.skipped}`, () => {
  const files = ["deploy/docker", "examples/docker-compose/router", "examples/docker-compose/service"];

  test.each(files)("has nothing to say about %s/Dockerfile", (name) => {
    expect(hadolint.run(join(ROOT, name, "Dockerfile"))).toBe("");
  });
});

const compose = checker("docker-compose");

describe.skipIf(compose.skip)(`docker-compose${compose.skipped}`, () => {
  const files = ["examples/docker-compose/compose.yaml", "deploy/compose.yaml", "deploy/compose-cluster.yaml"];

  test.each(files)("understands %s", (name) => {
    compose.run("--file", join(ROOT, name), "config", "--quiet");
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly strategy?: object;
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: { readonly containers: readonly { readonly image: string; readonly securityContext: object }[] };
    };
  };
}

describe.skipIf(kubectl.skip)(`kubectl kustomize${kubectl.skipped}`, () => {
  const render = (path: string): readonly Manifest[] =>
    parseAllDocuments(kubectl.run("kustomize", path)).map((document) => document.toJS() as Manifest);

  test("renders one router that never runs twice, as an ordinary user with a read-only root", () => {
    const manifests = render(join(ROOT, "deploy", "kustomize"));
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(["ConfigMap", "Deployment", "Service"]);
    const { spec } = manifests.find(({ kind }) => kind === "Deployment")!;
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    expect(spec?.template?.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 65_532 },
      containers: [{ securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false } }],
    });
  });

  test("adds the ServiceMonitor where it is asked for", () => {
    const base = relative(folder, join(ROOT, "deploy", "kustomize"));
    const kustomization = `resources: [${base}]\ncomponents: [${base}/components/service-monitor]\n`;
    writeFileSync(join(folder, "kustomization.yaml"), kustomization);
    const manifests = render(folder);
    const monitor = manifests.find(({ kind }) => kind === "ServiceMonitor");
    const service = manifests.find(({ kind }) => kind === "Service");
    expect(monitor?.spec?.selector?.matchLabels).toEqual({ "app.kubernetes.io/name": "kreuz" });
    expect(service?.metadata).toMatchObject({ labels: { "app.kubernetes.io/name": "kreuz" } });
  });

  test.skipIf(validate.skip)(`fits the schemas of Kubernetes${validate.skipped}`, () => {
    const file = join(folder, "all.yaml");
    writeFileSync(file, kubectl.run("kustomize", join(ROOT, "deploy", "kustomize")));
    validate.run("--strict", file);
  });
});

test("the pod and the image have the same config, but for what its first lines say", () => {
  const settings = (name: string): string =>
    readFileSync(join(ROOT, "deploy", name, "kreuz.yaml"), "utf8").replaceAll(/^ *#.*\n/gm, "");
  expect(settings("kustomize")).toBe(settings("docker"));
});

const unshare = findTool("unshare");
const canUnshare = unshare.path !== undefined && process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canUnshare)(`in a container's place${canUnshare ? "" : " (skipped: needs root on Linux)"}`, () => {
  test("the image's command runs as process 1 and user 65532 with a read-only root, and ends at SIGTERM", async () => {
    const users = join(folder, "users.yaml");
    writeFileSync(users, "joe: { role: user, ticket: sesame }\n");
    const script = join(ROOT, "tests", "src", "deploy", "read-only-root.sh");
    const config = join(folder, "kreuz.yaml");
    const text = readFileSync(join(ROOT, "deploy", "docker", "kreuz.yaml"), "utf8");
    writeFileSync(config, text.replace("port: 9080", "port: 0"));
    const command = [script, process.execPath, ROOT, config, users];
    const container = spawn(unshare.path!, ["--mount", "--pid", "--fork", "--kill-child", ...command]);
    let said = "";
    for (const output of [container.stdout, container.stderr])
      output.setEncoding("utf8").on("data", (text: string) => (said += text));
    const exited = new Promise((resolve) => void container.on("close", (code, signal) => resolve(code ?? signal)));
    try {
      await until("the router to listen", () => {
        if (container.exitCode !== null) throw new Error(`the container ended: ${said}`);
        return said.includes('"msg":"listening"');
      });
      const pid = readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, "utf8").trim();
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).toMatch(/^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
      expect(status).toMatch(/^NSpid:\s+\d+\s+1$/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).toMatch(/ \/ \/ ro[, ]/);
      process.kill(Number(pid), "SIGTERM");
      expect(await exited, said).toBe(0);
      expect(said).toContain('"msg":"stopped"');
      expect(said).not.toMatch(/"level":"(?:error|fatal)"/);
    } finally {
      container.kill("SIGKILL");
    }
  });
});
