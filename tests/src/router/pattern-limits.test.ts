// Patterns cost a bounded amount of memory and of work, whatever somebody makes up.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, expectNoTrace } from "../support/index.js";

const LETTERS = "abcdefghijkl";
/** The pattern of twelve components with wildcards where `mask` has bits. */
const shape = (mask: number): string =>
  Array.from(LETTERS, (letter, index) => ((mask >> index) & 1 ? "" : letter)).join(".");

describe.each([
  ["SUBSCRIBE", M.SUBSCRIBE],
  ["REGISTER", M.REGISTER],
] as const)("%s with match wildcard", (_name, type) => {
  const message = (request: number, uri: string) =>
    type === M.SUBSCRIBE
      ? ({ type, request, options: { match: "wildcard" }, topic: uri } as const)
      : ({ type, request, options: { match: "wildcard" }, procedure: uri } as const);

  it("of more components than limits.patternComponents is refused, with both numbers", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    const request = client.nextRequest();
    client.send(message(request, `a${".".repeat(40)}b`));
    const text = await expectError(client, type, request, ErrorUri.INVALID_URI);
    expect(text).toContain("41 components");
    expect(text).toContain("32");
    expect(router.metrics.get("limit_pattern_components")).toBe(1);
  });

  it("takes 32 shapes of long patterns from one session and refuses more, but every pattern of a known shape", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    const answer = type === M.SUBSCRIBE ? M.SUBSCRIBED : M.REGISTERED;
    for (let mask = 1; mask <= 32; mask++) {
      client.send(message(client.nextRequest(), shape(mask)));
      await client.expect(answer);
    }
    const request = client.nextRequest();
    client.send(message(request, shape(33)));
    expect(await expectError(client, type, request, ErrorUri.LIMIT_EXCEEDED)).toContain("12 components");
    expect(router.metrics.get("limit_pattern_shapes")).toBe(1);
    client.send(message(client.nextRequest(), shape(1).toUpperCase()));
    await client.expect(answer);
    await expectNoTrace(router, [client]);
  });

  it("leaves shapes for others, whatever several sessions take, and gives back those of sessions that leave", async () => {
    const router = await createTestRouter();
    const answer = type === M.SUBSCRIBE ? M.SUBSCRIBED : M.REGISTERED;
    const greedy = await Promise.all(Array.from({ length: 20 }, () => router.join()));
    let mask = 0;
    for (const client of greedy)
      for (let count = 0; count < 40; count++) client.send(message(client.nextRequest(), shape(++mask)));
    await settle();
    const other = await router.join();
    // In patterns of the usual length, and in long ones.
    for (const uri of ["com..event", shape(4000), shape(4001)]) {
      other.send(message(other.nextRequest(), uri));
      await other.expect(answer);
    }
    for (const client of greedy) client.disconnect();
    await settle();
    router.clock.advance(0);
    for (let count = 0; count < 30; count++) {
      other.send(message(other.nextRequest(), shape(3000 + count)));
      await other.expect(answer);
    }
    await expectNoTrace(router, [other]);
  });
});
