import type { Codec, Message } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { ALL_CLIENT_ROLES, SAMPLE_MESSAGES } from "@kreuz/testkit";
import { MessageType as M } from "@kreuz/codec";
import fc from "fast-check";
import { binaryValue, messageWith, portableValue } from "../../../packages/codec/src/vectors/arbitrary-messages.js";
import { mutate, type Mutation, mutations } from "../../../packages/codec/src/vectors/mutations.js";
import type { Attack } from "./attack.js";
import type { Dice } from "./seeded-random.js";
import { BINARY, fragments, frame, handshake, TEXT } from "./websocket-bytes.js";

const CODECS: readonly Codec[] = [json, msgpack, cbor];
const HELLO: Message = { type: M.HELLO, realm: "realm1", details: { roles: ALL_CLIENT_ROLES } };
const PROCEDURE = "com.fuzz.procedure";
const TOPIC = "com.fuzz.topic";

/** A session that uses everything, on URIs that all such sessions share. */
const SCRIPT: readonly Message[] = [
  { type: M.REGISTER, request: 1, options: { invoke: "random", concurrency: 1 }, procedure: PROCEDURE },
  { type: M.REGISTER, request: 2, options: { match: "prefix", invoke: "roundrobin" }, procedure: "com.fuzz" },
  { type: M.SUBSCRIBE, request: 3, options: { match: "prefix", get_retained: true }, topic: "com." },
  { type: M.SUBSCRIBE, request: 4, options: { match: "wildcard" }, topic: ".fuzz." },
  { type: M.CALL, request: 5, options: { receive_progress: true, timeout: 5 }, procedure: PROCEDURE, payload: {} },
  { type: M.CALL, request: 6, options: { disclose_me: true }, procedure: "com.fuzz.x", payload: { args: [1, "a"] } },
  { type: M.CANCEL, request: 5, options: { mode: "kill" } },
  { type: M.YIELD, request: 1, options: { progress: true }, payload: { args: [Uint8Array.of(1, 2, 3)] } },
  { type: M.YIELD, request: 1, options: {}, payload: { kwargs: { a: [{}, null] } } },
  { type: M.ERROR, requestType: M.INVOCATION, request: 2, details: {}, error: "com.fuzz.error", payload: {} },
  { type: M.PUBLISH, request: 7, options: { acknowledge: true, retain: true }, topic: TOPIC, payload: { args: ["x"] } },
  { type: M.PUBLISH, request: 8, options: { exclude_me: false, eligible: [1, 2] }, topic: TOPIC, payload: {} },
  { type: M.CALL, request: 9, options: {}, procedure: "wamp.session.get", payload: { args: [1] } },
  { type: M.CALL, request: 10, options: {}, procedure: "wamp.session.kill", payload: { args: [2], kwargs: {} } },
  { type: M.UNSUBSCRIBE, request: 11, subscription: 1 },
  { type: M.UNREGISTER, request: 12, registration: 1 },
  { type: M.GOODBYE, details: {}, reason: "wamp.close.normal" },
  HELLO,
];

/** The raw material of all attacks, made once from the seed. */
export class Arsenal {
  readonly #messages: readonly Message[];
  readonly #portable: readonly Message[];
  readonly #mutations: readonly (readonly Mutation[])[];

  constructor(seed: number) {
    this.#messages = fc.sample(messageWith(binaryValue), { seed, numRuns: 300 });
    this.#portable = fc.sample(messageWith(portableValue), { seed, numRuns: 300 });
    this.#mutations = fc.sample(mutations, { seed, numRuns: 1000 });
  }

  /** A connection that says HELLO, behaves for a while, and then does not. */
  attack(dice: Dice): Attack {
    const codec = dice.pick(CODECS);
    const messages = this.#messagesFor(codec, dice);
    const batched = dice.chance(25);
    const payloads = batched ? this.#batches(codec, messages, dice) : messages;
    const frames = payloads.flatMap((bytes) => this.#frames(codec, bytes, dice));
    const protocol = `${codec.subprotocol}${batched ? ".batched" : ""}`;
    const upgrade = handshake({ "Sec-WebSocket-Protocol": protocol });
    return {
      title: `${protocol}: ${Buffer.concat(messages.slice(-2)).toString("latin1").slice(-300)}`,
      chunks: dice.chance(50) ? [Buffer.concat([upgrade, ...frames])] : [upgrade, ...frames],
      ending: dice.chance(90) ? "finish" : "reset",
      frames: messages.length,
    };
  }

  #messagesFor(codec: Codec, dice: Dice): readonly Uint8Array[] {
    const encoded = (message: Message): Uint8Array => codec.encode(message);
    const messages: Uint8Array[] = dice.chance(95) ? [encoded(HELLO)] : [];
    // A beginning of the script, which is valid, so that the bad message meets a session that has something.
    messages.push(...SCRIPT.slice(0, dice.below(SCRIPT.length)).map(encoded));
    messages.push(...dice.some(1, 3, () => this.#badMessage(codec, dice)));
    return messages;
  }

  #badMessage(codec: Codec, dice: Dice): Uint8Array {
    const arbitrary = codec === json ? this.#portable : this.#messages;
    const valid = (): Uint8Array => codec.encode(dice.pick(dice.pick([arbitrary, SCRIPT, SAMPLE_MESSAGES])));
    return dice.pick([
      // Often valid, though seldom what should come next.
      valid,
      () => mutate(valid(), valid(), dice.pick(this.#mutations)),
      () => mutate(valid(), valid(), dice.pick(this.#mutations)),
      () => mutate(valid(), valid(), dice.pick(this.#mutations)),
      () => dice.bytes(300),
      // In another codec.
      () => dice.pick(CODECS).encode(dice.pick(SCRIPT)),
      () => nested(codec, dice.pick([100, 10_000])),
    ])();
  }

  /** All but the last message in one batch, and then one that may be broken. */
  #batches(codec: Codec, messages: readonly Uint8Array[], dice: Dice): readonly Uint8Array[] {
    const last = batch(codec, messages.slice(-1));
    const first = batch(codec, messages.slice(0, -1));
    return [first, dice.chance(50) ? mutate(last, first, dice.pick(this.#mutations)) : last];
  }

  #frames(codec: Codec, bytes: Uint8Array, dice: Dice): Buffer[] {
    const proper = codec.binary ? BINARY : TEXT;
    if (dice.chance(1)) return [frame(codec.binary ? TEXT : BINARY, bytes)];
    return dice.chance(5) ? fragments(proper, bytes, 1 + dice.below(4)) : [frame(proper, bytes)];
  }
}

/** Messages in one (spec: "Message Batching"): each with its length before it, or in JSON a separator behind it. */
function batch(codec: Codec, messages: readonly Uint8Array[]): Buffer {
  const parts = messages.map((message) => {
    if (!codec.binary) return Buffer.concat([message, Uint8Array.of(0x1e)]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return Buffer.concat([length, message]);
  });
  return Buffer.concat(parts);
}

/** A PUBLISH with lists in lists in lists. */
function nested(codec: Codec, depth: number): Uint8Array {
  if (codec === json) return Buffer.from(`[16,1,{},"a",${"[".repeat(depth)}${"]".repeat(depth)}]`);
  const [head, list] = codec === cbor ? ["851001a06161", "81"] : ["95100180a161", "91"];
  return Buffer.from(`${head}${list.repeat(depth)}00`, "hex");
}
