// Tests remote procedure calls between real clients, through the running app.
import { describe, expect, test } from "vitest";
import { KINDS, PAIRS } from "./clients/kinds.js";
import { Failure, failureOf, type Incoming, type Outgoing } from "./clients/peer.js";
import { EVERYTHING } from "./payloads.js";
import { useRouter } from "./shared-router.js";

const { peer, join, uri } = useRouter();

describe.each(PAIRS)("$from.name calls $to.name", ({ from, to }) => {
  test("args, kwargs, both or neither, there and back", async () => {
    const procedure = uri();
    const arrived: Incoming[] = [];
    const registration = await peer(to).register(procedure, ({ args, kwargs }) => {
      arrived.push({ args, kwargs });
      return { args, kwargs };
    });
    const messages: Outgoing[] = [
      {},
      { args: [1] },
      { args: [1, "two"] },
      { args: [["one", "list"]] },
      { kwargs: { three: 3 } },
      { args: [null, 4], kwargs: { four: [4] } },
      EVERYTHING,
    ];
    const expected = messages.map((message) => ({ args: [], kwargs: {}, ...message }));
    const answers: Incoming[] = [];
    for (const message of messages) answers.push(await peer(from).call(procedure, message));
    expect(arrived).toEqual(expected);
    expect(answers).toEqual(expected);
    await registration.unregister();
  });

  test("errors with their URI, args and kwargs", async () => {
    const procedure = uri();
    const registration = await peer(to).register(procedure, ({ args }) => {
      throw args[0] === "plain"
        ? new Failure("com.example.plain")
        : new Failure("com.example.full", ["a", 1], { b: 2 });
    });
    await expect(peer(from).call(procedure, { args: ["plain"] })).rejects.toMatchObject({
      uri: "com.example.plain",
      args: [],
      kwargs: {},
    });
    await expect(peer(from).call(procedure)).rejects.toMatchObject({
      uri: "com.example.full",
      args: ["a", 1],
      kwargs: { b: 2 },
    });
    await registration.unregister();
  });

  test("many calls at once, each with its own answer, in any order", async () => {
    const procedure = uri();
    const calls = 200;
    const held: (() => void)[] = [];
    const registration = await peer(to).register(procedure, async ({ args: [number] }) => {
      // No call is answered before all have arrived; the last one is answered first.
      await new Promise<void>((resolve) => {
        held.push(resolve);
        if (held.length === calls) for (const release of held.reverse()) release();
      });
      return { args: [(number as number) * 2] };
    });
    const numbers = Array.from({ length: calls }, (_, index) => index);
    const answers = await Promise.all(numbers.map((number) => peer(from).call(procedure, { args: [number] })));
    expect(answers.map(({ args }) => args[0])).toEqual(numbers.map((number) => 2 * number));
    await registration.unregister();
  });
});

describe.each(KINDS)("$name", (kind) => {
  test("gets the URI of the router's errors", async () => {
    await expect(peer(kind).call(uri())).rejects.toMatchObject({ uri: "wamp.error.no_such_procedure" });
    await expect(peer(kind).call("wamp.session.get", { args: ["x"] })).rejects.toMatchObject({
      uri: "wamp.error.invalid_argument",
    });
    // Wampy refuses to send a reserved or an invalid URI.
    if (kind.library === "Wampy") return;
    await expect(peer(kind).register("wamp.mine", () => ({}))).rejects.toMatchObject({ uri: "wamp.error.invalid_uri" });
    await expect(peer(kind).publish("wamp.mine")).rejects.toMatchObject({ uri: "wamp.error.invalid_uri" });
    await expect(peer(kind).subscribe("a b")).rejects.toMatchObject({ uri: "wamp.error.invalid_uri" });
  });

  test("cannot register a procedure of another client", async () => {
    const procedure = uri();
    const other = await join(kind);
    const registration = await other.register(procedure, () => ({}));
    await expect(peer(kind).register(procedure, () => ({}))).rejects.toMatchObject({
      uri: "wamp.error.procedure_already_exists",
    });
    await registration.unregister();
    await expect(peer(kind).call(procedure)).rejects.toMatchObject({ uri: "wamp.error.no_such_procedure" });
  });

  test("serves a prefix and a wildcard, and gets the procedure", async () => {
    const base = uri();
    const echo = ({ details }: { readonly details: object }): Outgoing => ({ args: [details] });
    await peer(kind).register(`${base}.a`, echo, { match: "prefix" });
    await peer(kind).register(`${base}..c`, echo, { match: "wildcard" });
    const caller = await join(kind);
    for (const procedure of [`${base}.a.b`, `${base}.b.c`])
      expect((await caller.call(procedure)).args).toEqual([expect.objectContaining({ procedure })]);
  });

  test("gets an error if the callee leaves before it answers", async () => {
    const procedure = uri();
    const callee = await join(kind);
    const called = new Promise<void>((resolve) => {
      void callee.register(procedure, () => {
        resolve();
        return new Promise<never>(() => {});
      });
    });
    await callee.call("wamp.session.count");
    const failure = failureOf(peer(kind).call(procedure));
    await called;
    await callee.close();
    expect(await failure).toMatchObject({ uri: "wamp.error.canceled" });
  });
});
