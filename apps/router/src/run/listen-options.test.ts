import type { Codec } from "@kreuz/codec";
import { expect, test } from "vitest";
import { configFrom } from "../config/load-config.js";
import { createCodecs } from "./listen-options.js";

const call = (args: readonly unknown[]) =>
  ({ type: 48, request: 1, options: {}, procedure: "com.example.add", payload: { args } }) as const;

test("codecs have the limits of the config: nesting, values, and the largest size of all transports", () => {
  const { config } = configFrom({
    realms: [{ name: "realm1", auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] }],
    transports: [
      { type: "websocket", maxMessageBytes: 500 },
      { type: "rawsocket", port: 8081, maxMessageBytes: 1000 },
    ],
    limits: { maxNestingDepth: 4, maxValues: 10 },
  });
  const codecs = createCodecs(config);
  const decode = (codec: Codec, args: readonly unknown[]) => codec.decode(codec.encode(call(args)));
  for (const codec of codecs.values()) {
    expect(decode(codec, ["x".repeat(900)])).toMatchObject({ request: 1 });
    expect(() => decode(codec, ["x".repeat(1000)])).toThrow("the limit is 1000");
    expect(() => decode(codec, [[[[]]]])).toThrow("deeper than 4 levels");
    expect(decode(codec, [1, 2, 3, 4, 5, 6, 7, 8, 9])).toMatchObject({ request: 1 });
    expect(() => decode(codec, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toThrow("more than 10 values");
  }
  expect([...codecs.keys()]).toEqual(["json", "msgpack", "cbor"]);
});
