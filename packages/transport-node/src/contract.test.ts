import { describe, expect, it } from "vitest";
import type { Codec } from "@kreuz/codec";
import { transportContract } from "@kreuz/testkit";
import { connectWebSocket } from "./connect-websocket.js";
import type { WebSocketListener } from "./listen-options.js";
import { binary, text } from "./testing/codecs.js";
import type { TransportOptions } from "./transport-settings.js";
import { listenWebSocket } from "./websocket-listener.js";

describe.each<[string, Codec, TransportOptions]>([
  ["text messages", text, {}],
  ["binary messages", binary, {}],
  ["compressed text messages", text, { compression: true }],
])("the transport contract with %s", (_name, codec, options) => {
  const listeners: WebSocketListener[] = [];
  const cases = transportContract({
    codec,
    patience: { turns: 10_000 },
    async connect(server, client, settings) {
      const both = { codecs: [codec], ...options, ...settings };
      const listener = await listenWebSocket(server, { ...both, port: 0 });
      listeners.push(listener);
      await connectWebSocket(listener.url, client, both);
    },
    async dispose() {
      await Promise.all(listeners.splice(0).map((listener) => listener.close()));
    },
  });
  it.each(cases)("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
