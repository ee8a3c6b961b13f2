// Bundled for every platform: what the JSON codec makes of some frames, and whether it runs in WebAssembly there.
import { createJsonCodec } from "@kreuz/codec/json";

const call = (payload: string): string => `[48,1,{},"com.example.echo",${payload}]`;

/** Valid frames of each kind of payload, and frames that break one rule each. */
const FRAMES: readonly (string | Uint8Array)[] = [
  call("[]"),
  call(`["${"x".repeat(5000)}"]`),
  call(`["Grüße aus Köln, ${"schöne Straße ".repeat(40)}"]`),
  call(`["${"漢字かな交じり文".repeat(60)}",{"鍵":"値"}]`),
  call(String.raw`["\u00e4\n\"\\ \ud83d\ude00"]`),
  call(`[1,-2.5e-3,9007199254740993,1e400],{"a":{"b":[null,true,false]}}`),
  call(String.raw`["\u0000AQID"]`),
  call(`[{"a":1,"a":2}]`),
  call(String.raw`[{"a":1,"\u0061":2}]`),
  call(`[01]`),
  call(`["\t"]`),
  call(String.raw`["\x"]`),
  call(`[1,]`),
  call(`${"[".repeat(80)}${"]".repeat(80)}`),
  `${call("[1]")} 2`,
  Uint8Array.of(0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d),
  "",
];

/** What came of each frame, as text. */
export interface Outcome {
  readonly usesWasm: boolean;
  readonly results: readonly string[];
}

export function decodeFrames(): Outcome {
  let usesWasm = false;
  const { WebAssembly: platform } = globalThis as { WebAssembly?: { Instance: new (...args: never[]) => object } };
  if (platform !== undefined) {
    const { Instance } = platform;
    platform.Instance = new Proxy(Instance, {
      construct(target, args: never[]) {
        usesWasm = true;
        return new target(...args);
      },
    });
  }
  const codec = createJsonCodec();
  const results = FRAMES.map((frame) => {
    try {
      const message = codec.decode(typeof frame === "string" ? new TextEncoder().encode(frame) : frame);
      if (!("payload" in message)) return "another message";
      const { args, kwargs } = message.payload;
      return JSON.stringify({ ...message, payload: { args, kwargs } }, (_key, value: unknown) =>
        typeof value === "bigint" ? `${value}n` : value,
      );
    } catch (error) {
      // The rest is the platform's own.
      return String(error).replace(/is not valid JSON: .*/s, "is not valid JSON");
    }
  });
  return { usesWasm, results };
}
