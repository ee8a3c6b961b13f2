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
import type { SeededRandom } from "./seeded-random.js";
import { BINARY, fragments, frame, handshake, TEXT } from "./websocket-bytes.js";

const CODECS: readonly Codec[] = [json, msgpack, cbor];
const HELLO: Message = { type: M.HELLO, realm: "realm1", details: { roles: ALL_CLIENT_ROLES } };
const PROCEDURE = "com.fuzz.procedure";
const TOPIC = "com.fuzz.topic";

/** Valid messages that use every feature, on URIs that all attackers share. */
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

/** Attacks that speak WAMP, made of messages and mutations that follow from the seed. */
export class WampAttacks {
  readonly #messages: readonly Message[];
  readonly #portable: readonly Message[];
  readonly #mutations: readonly (readonly Mutation[])[];

  constructor(seed: number) {
    this.#messages = fc.sample(messageWith(binaryValue), { seed, numRuns: 300 });
    this.#portable = fc.sample(messageWith(portableValue), { seed, numRuns: 300 });
    this.#mutations = fc.sample(mutations, { seed, numRuns: 1000 });
  }

  /** A connection that sends HELLO, some valid messages, and then invalid ones. */
  next(random: SeededRandom): Attack {
    const codec = random.pick(CODECS);
    const messages = this.#messagesFor(codec, random);
    const batched = random.chance(25);
    const payloads = batched ? this.#batches(codec, messages, random) : messages;
    const frames = payloads.flatMap((bytes) => this.#frames(codec, bytes, random));
    const protocol = `${codec.subprotocol}${batched ? ".batched" : ""}`;
    const upgrade = handshake({ "Sec-WebSocket-Protocol": protocol });
    return {
      title: `${protocol}: ${Buffer.concat(messages.slice(-2)).toString("latin1").slice(-300)}`,
      chunks: random.chance(50) ? [Buffer.concat([upgrade, ...frames])] : [upgrade, ...frames],
      ending: random.chance(90) ? "finish" : "reset",
      frames: messages.length,
    };
  }

  #messagesFor(codec: Codec, random: SeededRandom): readonly Uint8Array[] {
    const encoded = (message: Message): Uint8Array => codec.encode(message);
    const messages: Uint8Array[] = random.chance(95) ? [encoded(HELLO)] : [];
    // Valid messages first, so that the session holds something when the invalid ones come.
    messages.push(...SCRIPT.slice(0, random.below(SCRIPT.length)).map(encoded));
    messages.push(...random.list(1, 3, () => this.#badMessage(codec, random)));
    return messages;
  }

  #badMessage(codec: Codec, random: SeededRandom): Uint8Array {
    const arbitrary = codec === json ? this.#portable : this.#messages;
    const valid = (): Uint8Array => codec.encode(random.pick(random.pick([arbitrary, SCRIPT, SAMPLE_MESSAGES])));
    return random.pick([
      // Valid, but seldom allowed at this point.
      valid,
      () => mutate(valid(), valid(), random.pick(this.#mutations)),
      () => mutate(valid(), valid(), random.pick(this.#mutations)),
      () => mutate(valid(), valid(), random.pick(this.#mutations)),
      () => random.bytes(300),
      // In another codec.
      () => random.pick(CODECS).encode(random.pick(SCRIPT)),
      () => nested(codec, random.pick([100, 10_000])),
    ])();
  }

  /** All messages but the last in one batch, then a batch that may be mutated. */
  #batches(codec: Codec, messages: readonly Uint8Array[], random: SeededRandom): readonly Uint8Array[] {
    const last = batch(codec, messages.slice(-1));
    const first = batch(codec, messages.slice(0, -1));
    return [first, random.chance(50) ? mutate(last, first, random.pick(this.#mutations)) : last];
  }

  #frames(codec: Codec, bytes: Uint8Array, random: SeededRandom): Buffer[] {
    const proper = codec.binary ? BINARY : TEXT;
    if (random.chance(1)) return [frame(codec.binary ? TEXT : BINARY, bytes)];
    return random.chance(5) ? fragments(proper, bytes, 1 + random.below(4)) : [frame(proper, bytes)];
  }
}

/** Several messages in one (spec: "Message Batching"): each after its length, or in JSON before a separator. */
function batch(codec: Codec, messages: readonly Uint8Array[]): Buffer {
  const parts = messages.map((message) => {
    if (!codec.binary) return Buffer.concat([message, Uint8Array.of(0x1e)]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return Buffer.concat([length, message]);
  });
  return Buffer.concat(parts);
}

/** A PUBLISH with deeply nested lists. */
function nested(codec: Codec, depth: number): Uint8Array {
  if (codec === json) return Buffer.from(`[16,1,{},"a",${"[".repeat(depth)}${"]".repeat(depth)}]`);
  const [head, list] = codec === cbor ? ["851001a06161", "81"] : ["95100180a161", "91"];
  return Buffer.from(`${head}${list.repeat(depth)}00`, "hex");
}
