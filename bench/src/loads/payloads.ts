import type { Codec, Payload } from "@kreuz/codec";

/** What the arguments of a message are made of. */
export const CONTENTS = ["x", "German", "Chinese", "escapes", "short strings", "sensor dicts", "numbers"] as const;
export type Content = (typeof CONTENTS)[number];

const GERMAN = "Größere Mengen für Köln, Öl und Äpfel: die übliche Straße führt über die Brücke. ";
const CHINESE = "路由器把消息从发布者转发给订阅者,并把调用转发给被调用者。";
const LINES = 'Der Wert "a\\b" steht in Zeile eins.\n\tDarunter der zweite.\n';

/** Returns a payload of about `bytes` in this codec. */
export function payloadOf(codec: Codec, bytes: number, content: Content = "x"): Payload {
  if (content === "x") return encode(codec, ["x".repeat(bytes)]);
  const parts: unknown[] = [];
  for (let payload = encode(codec, [""]); ; payload = encode(codec, valuesOf(content, parts))) {
    if (payload.bytes.length >= bytes) return payload;
    parts.push(partOf(content, parts.length));
  }
}

function encode(codec: Codec, args: readonly unknown[]): Payload & { readonly bytes: Uint8Array } {
  const payload = codec.encodePayload({ args });
  if (payload === undefined) throw new Error("a payload without arguments");
  return payload;
}

function valuesOf(content: Content, parts: readonly unknown[]): readonly unknown[] {
  return content === "German" || content === "Chinese" || content === "escapes" ? [parts.join("")] : [parts];
}

function partOf(content: Content, index: number): unknown {
  switch (content) {
    case "German":
      return GERMAN;
    case "Chinese":
      return CHINESE;
    case "escapes":
      return LINES;
    case "short strings":
      return `item ${index} of an order, as a customer would write it`;
    case "sensor dicts":
      return {
        sensor: `s-${index}`,
        time: 1_764_000_000 + index,
        celsius: 20 + (index % 70) / 10,
        ok: index % 9 !== 0,
      };
    default:
      return index % 3 === 0 ? index * 1013 : index * 0.37;
  }
}
