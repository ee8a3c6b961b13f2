// Runs `kreuz check` on every config that the repository shows: in READMEs and pages, in deploy/ and in examples/.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "./cli/run-cli.js";
import { firstCertificate } from "./testing/certificates.js";
import { temporaryFolder } from "./testing/running-router.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Completes snippets that show one section of a config. */
const REALMS = `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
`;
/** Files that configs name, relative or with a path that no test may write to. */
const FILES: Readonly<Record<string, string>> = {
  "joe.ticket": "sesame",
  "metrics.token": "sesame",
  "hook.secret": "sesame",
  service_ticket: "sesame",
  "users.yaml": "{}",
  "server.crt": firstCertificate.cert,
  "server.key": firstCertificate.key,
  "ca.crt": firstCertificate.ca,
  "package.json": '{ "type": "module" }',
};
/** Extensions that nobody has written: files, and packages. Each can stand for every kind. */
const INVENTED = [
  "./greeter.js",
  "./authorize.js",
  "./webhook.js",
  "kreuz-plugin-from-npm",
  "@acme/audit",
  "@acme/jwt",
  "@acme/order-check",
  "@acme/webtransport",
  "@acme/order-check",
];
const extension = (name: string): string => `export default () =>
  ({ name: ${JSON.stringify(name)}, method: "jwt", setup() {}, begin() {}, authorize() {}, listen() {}, handle() {} });`;
const ABSOLUTE = /\/(?:run\/secrets(?:\/kreuz)?|var\/log\/kreuz|var\/lib\/kreuz|etc\/kreuz)\//g;
/** Packages that are not bundled with the command. */
const INSTALLED = ["cookie-journal-lmdb", "event-history-lmdb", "payload-schema"];
const ENVIRONMENT = { JOE: "sesame", JOE_TICKET: "sesame" };

interface Shown {
  readonly place: string;
  readonly text: string;
  readonly folder?: string;
}

function filesIn(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((file) => `${folder}/${String(file).replaceAll("\\", "/")}`)
    .filter((file) => pattern.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file));
}

/** A block in a page is a config unless its first line names another file. */
function blocksIn(page: string): readonly Shown[] {
  const blocks = Array.from(readFileSync(join(ROOT, page), "utf8").matchAll(/^```(yaml|json)\n(.*?)^```/gms));
  const isConfig = (language = "", text = ""): boolean =>
    language === "yaml" ? !/^# (?!yaml-language-server|\S*kreuz\.yaml)\S+\.\w+/.test(text) : text.includes('"$schema"');
  return blocks
    .filter(([, language, text]) => isConfig(language, text))
    .map(([, , text = ""], index) => ({ place: `${page}, config ${index + 1}`, text }));
}

const PAGES = [
  "README.md",
  "SECURITY.md",
  ...["docs", "packages", "apps", "deploy", "examples"].flatMap((folder) => filesIn(folder, /\.md$/)),
];
const shown: readonly Shown[] = [
  ...PAGES.filter((page) => !page.endsWith("CHANGELOG.md")).flatMap(blocksIn),
  ...["deploy", "examples"].flatMap((folder) =>
    filesIn(folder, /\/kreuz\.yaml$/).map((file) => ({
      place: file,
      text: readFileSync(join(ROOT, file), "utf8"),
      folder: dirname(join(ROOT, file)),
    })),
  ),
];

function invent(folder: string, name: string): void {
  if (name.startsWith(".")) return writeFileSync(join(folder, name), extension(name));
  const home = join(folder, "node_modules", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "index.js"), extension(name));
  writeFileSync(join(home, "package.json"), JSON.stringify({ name, type: "module", exports: "./index.js" }));
}

/** Links what an example depends on, but for what every config may name. */
function linkDependencies(folder: string, target: string): void {
  const from = join(folder, "node_modules");
  if (!existsSync(from)) return;
  const names = readdirSync(from).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(from, name)).map((inside) => `${name}/${inside}`) : [name],
  );
  for (const name of names)
    if (!name.startsWith(".")) symlinkSync(realpathSync(join(from, name)), join(target, "node_modules", name));
}

test("there are configs in every place", () => {
  for (const folder of ["apps", "docs", "packages", "deploy", "examples"])
    expect(shown.some(({ place }) => place.startsWith(folder))).toBe(true);
});

test.each(shown)("$place passes the check", async ({ text, folder }) => {
  const cwd = temporaryFolder();
  if (folder !== undefined) cpSync(folder, cwd, { recursive: true, filter: (file) => !file.includes("node_modules") });
  for (const [name, content] of Object.entries(FILES))
    if (!existsSync(join(cwd, name))) writeFileSync(join(cwd, name), content);
  for (const name of INVENTED) invent(cwd, name);
  mkdirSync(join(cwd, "node_modules", "@kreuz"), { recursive: true });
  if (folder !== undefined) linkDependencies(folder, cwd);
  for (const name of INSTALLED) symlinkSync(join(ROOT, "packages", name), join(cwd, "node_modules", "@kreuz", name));
  const whole = (/^(?:realms:|\{)/m.test(text) ? text : REALMS + text).replaceAll(ABSOLUTE, `${cwd}/`);
  const file = text.startsWith("{") ? "kreuz.json" : "kreuz.yaml";
  writeFileSync(join(cwd, file), whole);
  let said = "";
  const output = { write: (part: string) => (said += part) };
  const code = await runCli(["check", "--config", file], { cwd, env: ENVIRONMENT, stdout: output, stderr: output });
  expect(code, said).toBe(0);
});
