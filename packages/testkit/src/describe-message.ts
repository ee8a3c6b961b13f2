import { type Message, messageName } from "@kreuz/codec";

/** A message as one readable line for a failure: its name and its fields, cut to a sensible length. */
export function describeMessage(message: Message): string {
  const { type, ...fields } = message;
  const payload = "payload" in message ? { args: message.payload.args, kwargs: message.payload.kwargs } : undefined;
  const text = JSON.stringify(payload === undefined ? fields : { ...fields, payload }, readable);
  return `${messageName(type) ?? String(type)} ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
}

/** JSON has no big integers and no bytes. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (!(value instanceof Uint8Array)) return value;
  return `bytes ${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}
