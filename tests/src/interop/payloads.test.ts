// Tests large and binary payloads between real clients, through the running app.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MIXED_PAIRS, PAIRS } from "./clients/kinds.js";
import { binaryIn, BYTES, comparable, MEBIBYTE } from "./payloads.js";
import { useRouter } from "./shared-router.js";

const { peer, join, uri } = useRouter();

/** Large payloads are compared by their hash, since the report of a difference would be as large. */
const digest = (value: unknown): string =>
  createHash("sha256")
    .update(typeof value === "string" ? value : (value as Uint8Array))
    .digest("hex");

describe.each(PAIRS)("from $from.name to $to.name and back", ({ from, to }) => {
  test("bytes, as arguments and deep inside of them", async () => {
    const procedure = uri();
    const [sent, expected] = [from, to].map(({ codec }) => {
      const bytes = binaryIn(codec, BYTES);
      return { args: [bytes, { list: [bytes, ""] }, binaryIn(codec, new Uint8Array(0))], kwargs: { bytes } };
    });
    const registration = await peer(to).register(procedure, (message) => {
      expect(comparable(message)).toEqual(expected);
      return message;
    });
    expect(comparable(await peer(from).call(procedure, sent!))).toEqual(sent);
    await registration.unregister();

    const topic = uri();
    const subscription = await peer(to).subscribe(topic);
    const publisher = from === to ? await join(from) : peer(from);
    await publisher.publish(topic, sent!);
    expect(comparable(await subscription.next())).toEqual(expected);
    await subscription.unsubscribe();
  });
});

describe.each(MIXED_PAIRS)("from $from.name to $to.name and back", ({ from, to }) => {
  test("1 MiB of text and 1 MiB of bytes", async () => {
    const procedure = uri();
    const text = "0123456789abcdéf".repeat(MEBIBYTE / 17);
    const bytes = Uint8Array.from({ length: MEBIBYTE }, (_, index) => (index * 31) % 251);
    const [sent, expected] = [from, to].map(({ codec }) => [text, binaryIn(codec, bytes)].map(digest));
    const registration = await peer(to).register(procedure, ({ args }) => {
      expect(args.map(digest)).toEqual(expected);
      return { args };
    });
    const { args } = await peer(from).call(procedure, { args: [text, binaryIn(from.codec, bytes)] });
    expect(args.map(digest)).toEqual(sent);
    await registration.unregister();
  });
});
