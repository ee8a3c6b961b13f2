import { ProtocolError, type Message } from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import { fromBase64, toBase64 } from "./base64.js";
import type { Format } from "./format.js";

/** The fields of each message after its type, in order; `+` for payload. */
const LAYOUTS: Readonly<Record<number, string>> = {
  [M.HELLO]: "realm details",
  [M.WELCOME]: "session details",
  [M.ABORT]: "details reason +",
  [M.CHALLENGE]: "authmethod extra",
  [M.AUTHENTICATE]: "signature extra",
  [M.GOODBYE]: "details reason",
  [M.ERROR]: "requestType request details error +",
  [M.PUBLISH]: "request options topic +",
  [M.PUBLISHED]: "request publication",
  [M.SUBSCRIBE]: "request options topic",
  [M.SUBSCRIBED]: "request subscription",
  [M.UNSUBSCRIBE]: "request subscription",
  [M.UNSUBSCRIBED]: "request",
  [M.EVENT]: "subscription publication details +",
  [M.CALL]: "request options procedure +",
  [M.CANCEL]: "request options",
  [M.RESULT]: "request details +",
  [M.REGISTER]: "request options procedure",
  [M.REGISTERED]: "request registration",
  [M.UNREGISTER]: "request registration",
  [M.UNREGISTERED]: "request",
  [M.INVOCATION]: "request registration details +",
  [M.INTERRUPT]: "request options",
  [M.YIELD]: "request options +",
};

type Fields = Record<string, unknown> & { payload?: { args?: unknown; kwargs?: unknown } };

/** JSON by the platform's parser. Integers beyond 2^53 lose digits; binary values travel as the specification says. */
export const json: Format = {
  subprotocol: "wamp.2.json",
  binary: false,
  encode(message: Message): string {
    const fields = message as unknown as Fields;
    const list: unknown[] = [message.type];
    for (const name of LAYOUTS[message.type]!.split(" ")) if (name !== "+") list.push(fields[name]);
    const { args, kwargs } = fields.payload ?? {};
    if (kwargs !== undefined) list.push(args ?? [], kwargs);
    else if (args !== undefined) list.push(args);
    return JSON.stringify(list, replaceBinary);
  },
  decode(text: string): Message {
    try {
      return messageOf(JSON.parse(text, text.includes('"\\u0000') ? reviveBinary : undefined));
    } catch (error) {
      throw error instanceof ProtocolError ? error : new ProtocolError("the router sent no JSON", { cause: error });
    }
  },
};

function messageOf(list: unknown): Message {
  const layout = Array.isArray(list) ? LAYOUTS[list[0] as number] : undefined;
  if (layout === undefined) throw new ProtocolError("the router sent no WAMP message");
  const [type, ...elements] = list as [number, ...unknown[]];
  const message: Fields = { type };
  for (const name of layout.split(" ")) {
    const element = elements.shift();
    if (name !== "+") message[name] = checked(type, name, element);
    else {
      const kwargs = elements.shift() ?? undefined;
      if (Array.isArray(element ?? []) && (kwargs === undefined || isDict(kwargs)))
        message.payload = { args: element ?? undefined, kwargs };
      else throw malformed(type, "payload");
    }
  }
  // The details of a revocation.
  if (isDict(elements[0])) message["details"] = elements[0];
  return message as unknown as Message;
}

const TEXTS = "realm reason authmethod signature error topic procedure";
const DICTS = "details options extra";

function checked(type: number, name: string, value: unknown): unknown {
  const valid = DICTS.includes(name)
    ? isDict(value)
    : typeof value === (TEXTS.split(" ").includes(name) ? "string" : "number");
  if (!valid) throw malformed(type, name);
  return value;
}

function malformed(type: number, name: string): ProtocolError {
  return new ProtocolError(`the router sent a message of type ${type} with a malformed ${name}`);
}

function isDict(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Looks at the value itself: Buffers would be asked for their JSON first. */
function replaceBinary(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Uint8Array ? `\0${toBase64(original)}` : value;
}

function reviveBinary(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.startsWith("\0") ? (fromBase64(value.slice(1)) ?? value) : value;
}
