import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { describe, expect, it } from "vitest";
import { CONTENTS, payloadOf } from "./payloads.js";

describe.each([json, msgpack])("a payload in $id", (codec) => {
  it.each(CONTENTS)("of %s has about the wanted length and can be read", (content) => {
    const payload = payloadOf(codec, 4096, content) as { bytes: Uint8Array; args: readonly unknown[] };
    expect(payload.bytes.length).toBeGreaterThanOrEqual(4096);
    expect(payload.bytes.length).toBeLessThan(4096 + 200);
    expect(payload.args).toHaveLength(1);
  });
});
