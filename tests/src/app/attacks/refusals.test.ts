// Clients that never get as far as WAMP: broken TLS handshakes, and more sockets than the system has descriptors for. The
// log says who and why, and the next client gets in.
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { testTls } from "../../../../packages/transport-node/src/testing/certificates.js";
import { RouterProcess } from "../../support/router-process.js";
import { inTime, until } from "../../support/wait.js";
import { Attacker, openSocket } from "./attacker.js";
import { expectSound, logged } from "./router-under-attack.js";

let router: RouterProcess;

afterEach(() => router.kill());

const config = (transport: string): string => `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions: [{ uri: com., match: prefix, allow: { call: true } }]
transports:
  - { type: websocket, port: 0${transport} }
log: { level: info, format: json }
`;

test("TLS: plain text, an old version and a cut handshake are logged with the peer; others get in", async () => {
  const { ca, server } = testTls();
  const files = {
    "kreuz.yaml": config(", tls: { cert: cert.pem, key: key.pem }"),
    "cert.pem": String(server.cert),
    "key.pem": String(server.key),
  };
  router = await RouterProcess.start({ files });
  const port = Number(new URL(router.url).port);
  for (let count = 0; count < 20; count++) {
    const plain = await openSocket(router.url);
    plain.write("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const old = connectTls({ port, host: "127.0.0.1", ca, minVersion: "TLSv1", maxVersion: "TLSv1.1" });
    old.on("error", () => {});
    const cut = connectTcp(port, "127.0.0.1");
    cut.on("error", () => {});
    await inTime("a connection", once(cut, "connect"));
    cut.end(Buffer.from([22, 3, 1, 2]));
    await inTime("the end of a broken handshake", Promise.all([plain, old, cut].map((socket) => closed(socket))));
  }
  await until("a line of the log", () =>
    router.log.some(
      ({ msg, reason, peer }) => `${msg} ${String(reason)}`.includes("TLS handshake failed") && peer !== undefined,
    ),
  );
  const client = await Attacker.join(router.url, { ca });
  client.end();
  await expectSound(router);
});

// Node's event loop closes clients that it has no descriptor for, and tells nobody. The log says when the last one is taken.
test("descriptors: with none left, the log says so, a session goes on, and new clients get in again when others have gone", async () => {
  router = await RouterProcess.start({ files: { "kreuz.yaml": config("") }, maxOpenFiles: 250 });
  const member = await Attacker.join(router.url);
  const sockets = await Promise.all(Array.from({ length: 400 }, () => openSocket(router.url)));
  // A session goes on all the while.
  member.send([48, 1, {}, "com.example.nothing"]);
  await member.receives(8);
  if (process.platform === "linux") {
    await logged(router, { msg: "all 250 files that this process may have open are in use" });
    const remedies = router.log.map(({ remedy }) => String(remedy));
    expect(remedies.some((remedy) => remedy.includes("LimitNOFILE"))).toBe(true);
  }
  for (const socket of sockets) socket.destroy();
  const newcomer = await Attacker.join(router.url);
  newcomer.send([48, 1, {}, "com.example.nothing"]);
  await newcomer.receives(8);
  expect(router.running).toBe(true);
  await expectSound(router);
});

async function closed(socket: {
  readonly closed: boolean;
  resume(): unknown;
  once(name: "close", f: () => void): unknown;
}) {
  if (socket.closed) return;
  await new Promise<void>((resolve) => {
    socket.resume();
    socket.once("close", resolve);
  });
}
