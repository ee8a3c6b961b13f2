// The unit of systemd and the config of logrotate, checked by systemd and logrotate themselves.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KREUZ, NodeProgram, ROOT } from "../support/node-program.js";
import { until } from "../support/wait.js";
import { replaced } from "./proxy-process.js";
import { checker } from "./tools.js";

const read = (...path: readonly string[]): string => readFileSync(join(ROOT, "deploy", ...path), "utf8");
const systemd = checker("systemd-analyze");
const logrotate = checker("logrotate");

/** systemd's measure of what a service might do: 0 is nothing, 10 is everything. */
const MAX_EXPOSURE = 2;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "kreuz-service-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(systemd.skip)(`systemd${systemd.skipped}`, () => {
  const units = (): readonly string[] => {
    // The command need not be installed where this runs.
    const service = replaced(read("systemd", "kreuz.service"), { "/usr/bin/kreuz": process.execPath });
    writeFileSync(join(folder, "kreuz.service"), service);
    writeFileSync(join(folder, "kreuz.socket"), read("systemd", "kreuz.socket"));
    return ["kreuz.service", "kreuz.socket"].map((name) => join(folder, name));
  };

  test("finds nothing wrong with the units", () => {
    expect(systemd.run("verify", ...units())).toBe("");
  });

  test("finds the service well confined", () => {
    const said = systemd.run(
      "security",
      "--offline=true",
      "--no-pager",
      `--threshold=${MAX_EXPOSURE * 10}`,
      units()[0]!,
    );
    const exposure = Number(/exposure level for \S+ ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeLessThanOrEqual(MAX_EXPOSURE);
  });
});

describe.skipIf(logrotate.skip)(`logrotate${logrotate.skipped}`, () => {
  test("rotates the log of a running router, which goes on in a new file", async () => {
    const [log, state, config] = [join(folder, "kreuz.log"), join(folder, "state"), join(folder, "logrotate")];
    writeFileSync(join(folder, "kreuz.yaml"), configWithLog(log));
    const router = new NodeProgram([KREUZ, "start", "--port", "0"], { cwd: folder });
    const logged = (text: string) => () => existsSync(log) && readFileSync(log, "utf8").includes(text);
    try {
      await until("the router to listen", logged("listening"));
      const changes = {
        "/var/log/kreuz/kreuz.log": log,
        "systemctl kill --kill-who=main --signal=USR1 kreuz.service": `kill -USR1 ${router.pid}`,
      };
      writeFileSync(config, replaced(read("logrotate", "kreuz"), changes), { mode: 0o644 });
      logrotate.run("--force", "--state", state, config);
      await until("the new log", logged("log file opened again"));
      expect(readFileSync(`${log}.1`, "utf8")).toContain("listening");
      router.signal("SIGTERM");
      expect(await router.exited).toBe(0);
      expect(readFileSync(log, "utf8")).toContain("stopped");
    } finally {
      await router.kill();
    }
  });
});

function configWithLog(file: string): string {
  return `realms: [{ name: realm1, auth: { anonymous: { role: guest } }, roles: [{ name: guest }] }]
log: { format: json, file: ${JSON.stringify(file)} }
`;
}

test("the documentation quotes the config of logrotate", () => {
  const page = readFileSync(join(ROOT, "docs", "as-a-service.md"), "utf8");
  expect(page).toContain(`\n${read("logrotate", "kreuz")}\`\`\`\n`);
});
