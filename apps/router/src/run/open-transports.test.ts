import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createJsonCodec } from "@kreuz/codec/json";
import { Endpoint } from "@kreuz/testkit";
import { connectRawSocket, connectWebSocket } from "@kreuz/transport-node";
import { expect, test } from "vitest";
import { configFrom } from "../config/load-config.js";
import { LoadedConfig } from "../config/loaded-config.js";
import { firstCertificate, secondCertificate, type TestCertificate } from "../testing/certificates.js";
import { startForTest, temporaryFolder } from "../testing/running-router.js";
import { startRouter } from "./start-router.js";

const codec = createJsonCodec();

function load(folder: string, ...transports: readonly object[]): LoadedConfig {
  const { config } = configFrom({
    realms: [
      { name: "realm1", auth: { anonymous: { role: "anybody" } }, roles: [{ name: "anybody", permissions: [] }] },
    ],
    transports,
  });
  return new LoadedConfig(config, { name: "kreuz.yaml", file: join(folder, "kreuz.yaml") });
}

test("rawsocket, universal with long-poll, and a Unix socket beside the config", async () => {
  const folder = temporaryFolder();
  const running = await startForTest(
    load(
      folder,
      { type: "rawsocket", port: 0, maxMessageBytes: 4096 },
      { type: "universal", port: 0, path: "/wamp", longPoll: {} },
      { type: "rawsocket", unix: { path: "kreuz.sock", mode: 0o600 } },
    ),
  );
  const [raw, universal, unix] = running.endpoints;
  expect(raw?.url).toBe(`rs://127.0.0.1:${raw?.port}`);
  expect(unix?.url).toBe(`rs+unix:${join(folder, "kreuz.sock")}`);
  expect(statSync(join(folder, "kreuz.sock")).mode & 0o777).toBe(0o600);
  const connection = await connectRawSocket(raw!.url, new Endpoint(), { codec });
  expect(connection.maxFrameBytes).toBe(4096);
  await connectRawSocket(unix!.url, new Endpoint(), { codec });
  await connectWebSocket(universal!.url, new Endpoint(), { codecs: [codec] });
  await connectRawSocket(`rs://127.0.0.1:${universal!.port}`, new Endpoint(), { codec });
  const body = JSON.stringify({ protocols: ["wamp.2.json"] });
  const opened = await fetch(`http://127.0.0.1:${universal!.port}/longpoll/open`, { method: "POST", body });
  expect(opened.status).toBe(200);
});

test("reads TLS files beside the config, and reads them again on reload", async () => {
  const folder = temporaryFolder();
  const write = ({ cert, key }: TestCertificate): void => {
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
  };
  write(firstCertificate);
  const config = load(folder, { type: "universal", port: 0, tls: { cert: "cert.pem", key: "key.pem" } });
  const running = await startForTest(config);
  const [endpoint] = running.endpoints;
  const connect = (ca: string) => connectWebSocket(endpoint!.url, new Endpoint(), { codecs: [codec], tls: { ca } });
  expect(endpoint?.url).toMatch(/^wss:/);
  await connect(firstCertificate.ca);
  write(secondCertificate);
  await running.reload(config);
  await connect(secondCertificate.ca);
  rmSync(join(folder, "key.pem"));
  await expect(running.reload(config)).rejects.toThrow("tls.key");
  await connect(secondCertificate.ca);
});

test("a missing TLS file is an error that names the setting", async () => {
  const config = load(temporaryFolder(), { type: "rawsocket", port: 0, tls: { cert: "cert.pem", key: "key.pem" } });
  await expect(startRouter(config)).rejects.toThrow(/transports\[0\]\.tls\.cert: cannot read .+: ENOENT/);
});

test.each([
  [{ type: "rawsocket", path: "/ws" }, "transports[0].path: not supported by transports of type rawsocket; remove it"],
  [{ type: "rawsocket", longPoll: {} }, "transports[0].longPoll: not supported by"],
  [{ type: "websocket", minPeerMessageBytes: 1024 }, "transports[0].minPeerMessageBytes: not supported by"],
  [
    { type: "universal", longPoll: { path: "/ws" } },
    "transports[0].longPoll.path: must differ from the path of the WebSocket",
  ],
  [{ type: "websocket", trustedProxies: ["10.0.0.0/33"] }, "transports[0].trustedProxies[0]: expected an address"],
  [{ type: "carrier-pigeon" }, "transports[0].type: expected websocket, rawsocket or universal"],
])("rejects %o", (transport, problem) => {
  expect(() =>
    configFrom({
      realms: [
        { name: "realm1", auth: { anonymous: { role: "anybody" } }, roles: [{ name: "anybody", permissions: [] }] },
      ],
      transports: [transport],
    }),
  ).toThrow(problem);
});

test("rejects two transports on one Unix socket", () => {
  const transport = { type: "rawsocket", unix: { path: "kreuz.sock" } };
  expect(() =>
    configFrom({
      realms: [
        { name: "realm1", auth: { anonymous: { role: "anybody" } }, roles: [{ name: "anybody", permissions: [] }] },
      ],
      transports: [transport, transport],
    }),
  ).toThrow("another transport listens on kreuz.sock");
});
