// How a node proves to the NATS server who it is, and the server to the node: by the config of the command.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NATS_SERVER, NatsServer, WHY_SKIPPED } from "../../../../packages/cluster-nats/src/testing/nats-server.js";
import { Authority } from "../../../../packages/transport-node/src/testing/certificates.js";
import { RouterProcess } from "../../support/router-process.js";
import { credsLogin, nkeyLogin } from "./engine-logins.js";

const skipped = NATS_SERVER === undefined ? ` (skipped: ${WHY_SKIPPED})` : "";
const authority = new Authority("Test Authority");
const [server, node] = [authority.issue("nats", ["localhost"]), authority.issue("node-a", ["node-a.example"])];
const [nkey, creds] = [nkeyLogin(), credsLogin()];

let folder: string;
let engine: NatsServer | undefined;
let router: RouterProcess | undefined;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "kreuz-logins-"))));
afterEach(async () => {
  await router?.kill();
  await engine?.remove();
  [router, engine] = [undefined, undefined];
  rmSync(folder, { recursive: true });
});

/** Resolves when the node has found the cluster, and so has logged in. */
async function start(
  serverConfig: string,
  natsConfig: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  engine = await NatsServer.start(serverConfig);
  // The name in the URL is the one that the certificate must have.
  const nats = `{ servers: ["${engine.url.replace("127.0.0.1", "localhost")}"], ${natsConfig} }`;
  const config = `
realms: [{ name: realm1, auth: { anonymous: { role: user } }, roles: [{ name: user, permissions: [{ uri: com.example.a, allow: { call: true } }] }] }]
cluster: { name: demo, node: a, nats: ${nats} }
log: { format: json }
`;
  router = await RouterProcess.start({ files: { "kreuz.yaml": config, ...files } });
}

/** A file for the server. */
function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const serverTls = (more = ""): string =>
  `tls { cert_file: "${file("server.crt", server.cert)}", key_file: "${file("server.key", server.key)}", ${more} }`;
const CA = { "ca.crt": authority.cert };

describe.skipIf(NATS_SERVER === undefined)(`a node logs in at the NATS server${skipped}`, () => {
  test("with user and password", () =>
    start("authorization { user: u, password: p }", "credentials: { user: u, password: p }"));

  test("with a token", () => start('authorization { token: "sesame" }', "credentials: { token: sesame }"));

  test("with an nkey", () => start(nkey.server, `credentials: { nkeySeed: ${nkey.secret} }`));

  test("with a credentials file", () =>
    start(creds.server, "credentials: { credsFile: ./node.creds }", { "node.creds": creds.secret }));

  test("over TLS, by an authority of its own", () => start(serverTls(), "tls: { ca: ca.crt }", CA));

  test("over TLS with a certificate", () =>
    start(
      serverTls(`ca_file: "${file("ca.crt", authority.cert)}", verify: true`),
      "tls: { ca: ca.crt, cert: node.crt, key: node.key }",
      { ...CA, "node.crt": node.cert, "node.key": node.key },
    ));
});

describe.skipIf(NATS_SERVER === undefined)(
  `a node that the NATS server refuses, or that it cannot trust${skipped}`,
  () => {
    const wrong = new Authority("Another Authority");

    test.each([
      {
        how: "a wrong token",
        server: () => 'authorization { token: "sesame" }',
        nats: "credentials: { token: other }",
      },
      {
        how: "an nkey that is not known",
        server: () => nkey.server,
        nats: `credentials: { nkeySeed: ${nkeyLogin().secret} }`,
      },
      {
        how: "no certificate",
        server: () => serverTls(`ca_file: "${file("ca.crt", authority.cert)}", verify: true`),
        nats: "tls: { ca: ca.crt }",
        hint: /the server demands a certificate: set cert and key/,
      },
      { how: "a server of another authority", server: () => serverTls(), nats: "tls: { ca: wrong.crt }" },
    ])("$how: does not start, and says where it was refused", async ({ server: config, nats, hint = /./ }) => {
      const started = start(config(), nats, { ...CA, "wrong.crt": wrong.cert });
      await expect(started).rejects.toThrow(/node \\?"a\\?" cannot connect to nats:\/\/localhost/);
      await expect(started).rejects.toThrow(hint);
    });

    test("a server that works alone, where replicas are wanted: does not start, and names the setting once", async () => {
      await expect(start("", "replicas: 3")).rejects.toThrow(
        /kreuz\.yaml:\d+:\d+: cluster\.nats\.replicas: 3 replicas are wanted, and the NATS server works alone/,
      );
    });
  },
);
