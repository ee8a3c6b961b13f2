import { setImmediate } from "node:timers/promises";
import type { Codec, Message } from "@kreuz/codec";
import { mutate, type Mutation } from "../../../packages/codec/src/vectors/mutations.js";
import { Conversation, withOddField } from "./conversation.js";
import { CODECS } from "./fuzzed-router.js";
import { SeededRandom } from "./seeded-random.js";
import { type Places, type Wire, WIRES } from "./wires.js";

/** More bytes than a conversation usually has, so that some break in every part of it, and some not at all. */
const MAX_BREAK = 4000;

export interface ConversationRunOptions {
  readonly places: Places;
  readonly seed: number;
  /** Tells whether another conversation is to begin. */
  readonly goesOn: (started: number) => boolean;
  /** How many are held at the same time. */
  readonly concurrency: number;
}

/** What happened, for people. */
export interface ConversationRun {
  readonly conversations: number;
  readonly sent: number;
  readonly received: number;
}

/** Holds conversations, each of which follows from the seed and its number. */
export async function runConversations(options: ConversationRunOptions): Promise<ConversationRun> {
  let [conversations, sent, received] = [0, 0, 0];
  const holdOneAfterTheOther = async (): Promise<void> => {
    while (options.goesOn(conversations)) {
      const run = await converse(options.places, new SeededRandom(options.seed + conversations++ * 7919));
      sent += run.sent;
      received += run.received;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, holdOneAfterTheOther));
  return { conversations, sent, received };
}

async function converse(places: Places, random: SeededRandom): Promise<{ sent: number; received: number }> {
  const codec = random.pick(CODECS);
  const conversation = new Conversation(random);
  let [sent, received] = [0, 0];
  const { port, router, clock } = places;
  const wire: Wire = random.pick(Object.values(WIRES))({
    ...{ port, router, clock, codec, random },
    breaksAfter: random.chance(50) ? Infinity : random.below(MAX_BREAK),
    onMessage: (bytes) => {
      received++;
      conversation.hear(codec.decode(bytes));
    },
  });
  // Some conversations are valid to the end; in others, some messages are not.
  const flaws = random.chance(40) ? 0 : random.pick([3, 10, 30]);
  for (const message of messagesOf(conversation, random)) {
    const bytes = encode(message, codec, random, random.chance(flaws));
    sent++;
    if (!(await wire.send(bytes))) break;
    // Often the answer comes first, and sometimes much time passes.
    if (random.chance(70)) for (let turns = random.below(12); turns > 0; turns--) await setImmediate();
  }
  await wire.end();
  return { sent, received };
}

/** Lazily: what is said depends on what is heard. */
function* messagesOf(conversation: Conversation, random: SeededRandom): Generator<Message> {
  if (random.chance(97)) yield conversation.hello();
  for (let count = random.below(40); count > 0; count--) yield conversation.next();
  if (random.chance(5)) yield conversation.hello();
  if (random.chance(50)) yield conversation.goodbye();
  // A session may follow on the same connection.
  if (random.chance(10)) {
    yield conversation.hello();
    for (let count = random.below(10); count > 0; count--) yield conversation.next();
  }
}

function encode(message: Message, codec: Codec, random: SeededRandom, flawed: boolean): Uint8Array {
  const valid = codec.encode(message);
  if (!flawed) return valid;
  if (random.chance(50))
    return mutate(
      valid,
      valid,
      random.list(1, 3, () => mutation(random)),
    );
  try {
    return codec.encode(withOddField(message, random));
  } catch {
    // The codec cannot write a value of this kind there.
    return valid.slice(random.below(valid.length));
  }
}

function mutation(random: SeededRandom): Mutation {
  const at = random.below(1000) / 1000;
  return random.pick<Mutation>([
    { kind: "flip", at, bit: random.below(8) },
    { kind: "insert", at, byte: random.below(256) },
    { kind: "cut", at },
    { kind: "remove", at, length: 1 + random.below(12) },
    { kind: "repeat", at, length: 1 + random.below(12) },
    { kind: "splice", at, from: random.below(1000) / 1000 },
  ]);
}
