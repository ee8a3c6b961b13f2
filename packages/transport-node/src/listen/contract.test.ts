import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Acceptor, Codec } from "@kreuz/codec";
import { createMsgpackCodec } from "@kreuz/codec/msgpack";
import { transportContract, type TransportHarness } from "@kreuz/testkit";
import { connectRawSocket } from "../rawsocket/connect-rawsocket.js";
import { connectWebSocket } from "../websocket/connect-websocket.js";
import type { ListenOptions, TransportListener } from "../server/listen-options.js";
import { listenRawSocket, listenUniversal, listenWebSocket } from "./listen.js";
import { binary, text } from "../testing/codecs.js";
import { LongPollClient } from "../testing/longpoll-client.js";
import { testTls } from "../testing/certificates.js";
import type { TransportOptions } from "../connection/transport-settings.js";

/** How one variant of a transport listens and connects. */
interface Variant {
  readonly codec: Codec;
  readonly protocol?: string;
  readonly tellsStatus?: boolean;
  listen(server: Acceptor, options: ListenOptions): Promise<TransportListener>;
  connect(
    url: string,
    client: Acceptor,
    options: TransportOptions & { readonly codecs: readonly Codec[] },
  ): Promise<unknown>;
}

const msgpack = createMsgpackCodec();
const certificates = testTls();
const unixPath = (): string => join(tmpdir(), `kreuz-${randomBytes(6).toString("hex")}.sock`);
const onUnix = (options: ListenOptions): ListenOptions => ({ ...options, unix: { path: unixPath(), mode: 0o600 } });
const toRawSocket: Variant["connect"] = (url, client, options) =>
  connectRawSocket(url.replace(/^ws(s?):\/\/([^/]+).*/, "rs$1://$2"), client, {
    ...options,
    codec: options.codecs[0]!,
    tls: { ca: certificates.ca },
  });
const toWebSocket: Variant["connect"] = (url, client, options) =>
  connectWebSocket(url, client, { ...options, tls: { ca: certificates.ca } });
const tls = (options: ListenOptions): ListenOptions => ({ ...options, tls: certificates.server });

const VARIANTS: Readonly<Record<string, Variant>> = {
  "WebSocket, text": { codec: text, listen: listenWebSocket, connect: toWebSocket },
  "WebSocket, binary": { codec: binary, listen: listenWebSocket, connect: toWebSocket },
  "WebSocket, compressed": {
    codec: text,
    listen: (server, options) => listenWebSocket(server, { ...options, compression: true }),
    connect: (url, client, options) => connectWebSocket(url, client, { ...options, compression: true }),
  },
  "WebSocket, batched text": {
    codec: text,
    protocol: "wamp.2.json.batched",
    listen: listenWebSocket,
    connect: (url, client, options) => connectWebSocket(url, client, { ...options, batched: true }),
  },
  "WebSocket, batched binary": {
    codec: binary,
    protocol: "wamp.2.binary.batched",
    listen: listenWebSocket,
    connect: (url, client, options) => connectWebSocket(url, client, { ...options, batched: true }),
  },
  "WebSocket, TLS": {
    codec: text,
    listen: (server, options) => listenWebSocket(server, tls(options)),
    connect: toWebSocket,
  },
  "WebSocket, Unix socket": {
    codec: text,
    listen: (server, options) => listenWebSocket(server, onUnix(options)),
    connect: toWebSocket,
  },
  "WebSocket, universal": { codec: text, listen: universal, connect: toWebSocket },
  "RawSocket, text": { codec: text, tellsStatus: false, listen: listenRawSocket, connect: toRawSocket },
  "RawSocket, binary": { codec: msgpack, tellsStatus: false, listen: listenRawSocket, connect: toRawSocket },
  "RawSocket, TLS": {
    codec: msgpack,
    tellsStatus: false,
    listen: (server, options) => listenRawSocket(server, tls(options)),
    connect: toRawSocket,
  },
  "RawSocket, Unix socket": {
    codec: msgpack,
    tellsStatus: false,
    listen: (server, options) => listenRawSocket(server, onUnix(options)),
    connect: toRawSocket,
  },
  "RawSocket, universal": { codec: msgpack, tellsStatus: false, listen: universal, connect: toRawSocket },
  "RawSocket, universal with TLS": {
    codec: msgpack,
    tellsStatus: false,
    listen: (server, options) => universal(server, tls(options)),
    connect: toRawSocket,
  },
};

function universal(server: Acceptor, options: ListenOptions): Promise<TransportListener> {
  // RawSocket knows no codec but those of the specification.
  const codecs = options.codecs.filter(({ id }) => id !== "binary");
  return listenUniversal(server, { ...options, codecs });
}

describe.each(Object.entries(VARIANTS))("the transport contract over %s", (_name, variant) => {
  const listeners: TransportListener[] = [];
  const harness: TransportHarness = {
    codec: variant.codec,
    protocol: variant.protocol ?? variant.codec.subprotocol,
    waitOptions: { turns: 10_000 },
    tellsStatus: variant.tellsStatus ?? true,
    keepsAccounts: true,
    async connect(server, client, settings) {
      const both = { codecs: [variant.codec], ...settings };
      const listener = await variant.listen(server, { ...both, port: 0 });
      listeners.push(listener);
      await variant.connect(listener.url, client, both);
    },
    async dispose() {
      await Promise.all(listeners.splice(0).map((listener) => listener.close()));
    },
  };
  it.each(transportContract(harness))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("the transport contract over long-poll", () => {
  const listeners: TransportListener[] = [];
  const clients: LongPollClient[] = [];
  const harness: TransportHarness = {
    codec: text,
    waitOptions: { turns: 10_000 },
    tellsStatus: false,
    keepsAccounts: true,
    async connect(server, client, settings) {
      const listener = await listenWebSocket(server, { codecs: [text], port: 0, longPoll: {}, ...settings });
      listeners.push(listener);
      clients.push(await LongPollClient.open(`http://127.0.0.1:${listener.port}/longpoll`, text, client));
    },
    async dispose() {
      const closed = listeners.splice(0).map((listener) => listener.close());
      await Promise.all(closed);
      for (const client of clients.splice(0)) client.destroy();
    },
  };
  it.each(transportContract(harness))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
