// A part of packaging.mjs: makes an extension of every kind by create-kreuz-plugin, with the tarballs of this repository,
// builds, tests and lints it, and starts the app with all of them.
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const KINDS = ["plugin", "guard", "router-plugin", "authenticator", "authorizer", "transport", "event-store", "route"];

/** One of them has a scope. */
const nameOf = (kind) => (kind === "route" ? "@acme/my-route" : `my-${kind}`);

const CONFIG = `
plugins:
  - package: my-router-plugin
realms:
  - name: realm1
    auth:
      anonymous: { role: guest }
      my-authenticator: { package: my-authenticator, options: { role: guest, users: { joe: "\${JOE_SECRET}" } } }
    roles: [{ name: guest }]
    authorizer:
      package: my-authorizer
      options: { rules: [{ role: guest, below: com.example }, { role: guest, below: wamp.subscription }] }
    plugins:
      - { package: my-plugin, options: { greeting: Moin } }
      - { package: my-guard, options: { uri: com.example.my_plugin, match: prefix, maxArguments: 1 } }
      - package: "@kreuz/event-history"
        options: { topics: [{ uri: com.example.news }], store: { package: my-event-store } }
      - package: ./foreign/foreign.js
transports:
  - type: websocket
    routes:
      - { path: /hook, realm: realm1, package: "@acme/my-route", options: { topic: com.example.news, token: { $file: token } } }
      - { path: /numbers, offer: my-router-plugin/numbers }
  - { package: my-transport, options: { port: "\${LINES_PORT}" } }
`;

/** A plugin with copies of the packages of its own: what it throws and returns must mean the same. */
const FOREIGN = `
import { WampError } from "@kreuz/codec";
import { CallResult, definePlugin } from "@kreuz/router";

export const foreign = definePlugin({
  name: "foreign",
  create: () => ({
    setup(realm) {
      realm.procedure("com.example.foreign.fail", () => {
        throw new WampError("com.example.error.foreign", "on purpose");
      });
      realm.procedure("com.example.foreign.result", () => new CallResult({ args: [1, 2], kwargs: { three: 3 } }));
    },
  }),
});
`;

/**
 * @param project - a folder where the tarballs are installed.
 * @param check - runs and counts one check.
 * @param tool - runs a command in a folder.
 */
export async function checkPlugins(project, { check, tool, probe }) {
  await mkdir(join(project, "plugins"));
  const waiting = [...KINDS];
  // Two at a time: most of it is waiting for processes.
  const work = async () => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift())
      await checkKind(kind, project, check, tool);
  };
  await Promise.all([work(), work()]);
  await check("create-kreuz-plugin: leaves a folder alone that has files in it", async () => {
    const again = tool("node", [...create(project), "my-plugin", "--kind", "plugin"], join(project, "plugins"));
    const refused = await again.then(
      () => false,
      ({ stderr }) => stderr.includes("is not empty"),
    );
    if (!refused) throw new Error("it did not refuse");
  });
  await check(
    "the app runs an extension of every kind, and a plugin with copies of its own; a client sees them work",
    async () => {
      await writeFile(join(project, "extensions.yaml"), CONFIG);
      await writeFile(join(project, "token"), "a token\n");
      for (const name of ["codec", "router", "session"]) {
        const target = join(project, "foreign", "node_modules", "@kreuz", name);
        await cp(join(project, "node_modules", "@kreuz", name), target, { recursive: true, dereference: true });
      }
      await writeFile(join(project, "foreign", "package.json"), '{ "type": "module" }');
      await writeFile(join(project, "foreign", "foreign.js"), FOREIGN);
      await probe("packaging-plugins-probe.mjs");
    },
  );
}

function create(project) {
  return [join(project, "node_modules", "create-kreuz-plugin", "bin", "create-kreuz-plugin.js")];
}

/** From nothing to a tarball that could be published. */
async function checkKind(kind, project, check, tool) {
  const name = nameOf(kind);
  const folder = join(project, "plugins", name.split("/").at(-1));
  const modules = join(project, "node_modules");
  const step = (what, body) => check(`create-kreuz-plugin --kind ${kind}: ${what}`, body);
  const created = await step("create", () =>
    tool("node", [...create(project), name, "--kind", kind, "--author", "Jane Doe"], join(project, "plugins")),
  );
  if (!created) return;
  const built = await step("build and test", async () => {
    await tool("node", [join(modules, "typescript", "bin", "tsc")], folder);
    await tool("node", ["--test", join("dist", "test", `my-${kind}.js`)], folder);
  });
  if (!built) return;
  await mkdir(dirname(join(modules, name)), { recursive: true });
  await symlink(folder, join(modules, name), "junction");
  await step("kreuz plugin check", async () => {
    const { stdout } = await tool(
      "node",
      [join(modules, "kreuz", "bin", "kreuz.js"), "plugin", "check", name],
      project,
    );
    if (!stdout.endsWith("all is well\n")) throw new Error(stdout);
  });
  await step("publint and attw", async () => {
    const { stdout } = await tool("npm", ["pack", "--ignore-scripts", "--silent"], folder);
    const tarball = join(folder, stdout.trim().split("\n").at(-1));
    await tool("publint", ["run", tarball, "--strict"]);
    await tool("attw", [tarball, "--profile", "esm-only", "--no-emoji"]);
  });
}
