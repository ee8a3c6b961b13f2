import { ErrorUri, WampError } from "@kreuz/codec";
import type { OtherNodes, ProcedureCall, SessionInfo } from "@kreuz/router";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { Nodes } from "./nodes.js";

const CALL = {
  procedure: "kreuz.get.sessions",
  args: ["com.example.realm"],
  kwargs: { text: "ann" },
  caller: { session: 7, authid: "olga" } as SessionInfo,
} as unknown as ProcedureCall;

/** What other nodes say, by their names. */
function nodesThat(answers: Readonly<Record<string, () => Promise<unknown>>>, clock = new FakeClock()): Nodes {
  const others: OtherNodes = {
    own: "a",
    names: () => Object.keys(answers),
    ask: (node) => answers[node]!(),
    answer: () => {},
  };
  return new Nodes({ nodes: others, clock });
}

describe("asking the other nodes", () => {
  it("gives what they answer, and names those that do not", async () => {
    const nodes = nodesThat({
      b: async () => ({ result: 1 }),
      c: async () => null,
      d: async () => Promise.reject(new WampError(ErrorUri.NETWORK_FAILURE)),
      e: async () => ({ error: ErrorUri.LIMIT_EXCEEDED }),
    });
    expect(nodes.names).toEqual(["a", "b", "c", "d", "e"]);
    expect(await nodes.ask("sessions", CALL)).toEqual({ answers: [1], unreachable: ["c", "d", "e"] });
  });

  it("waits for one that does not answer no longer than it was told to", async () => {
    const clock = new FakeClock();
    const nodes = nodesThat({ b: () => new Promise(() => {}), c: async () => ({ result: 1 }) }, clock);
    const asked = nodes.gather("stats", {}, 500);
    await settle();
    clock.advance(500);
    expect(await asked).toEqual({ answers: [1], unreachable: ["b"] });
    expect(await nodesThat({ b: async () => ({ result: 1 }) }, clock).gather("stats", {}, 500)).toMatchObject({
      answers: [1],
    });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ErrorUri.NO_SUCH_REALM,
    ErrorUri.NO_SUCH_SESSION,
    ErrorUri.NO_SUCH_SUBSCRIPTION,
    ErrorUri.NO_SUCH_REGISTRATION,
  ])("a node with %s has answered", async (error) => {
    expect(await nodesThat({ b: async () => ({ error }) }).ask("session", CALL)).toEqual({
      answers: [],
      unreachable: [],
    });
  });

  it("alone, asks nobody", async () => {
    const nodes = new Nodes({ nodes: undefined, clock: new FakeClock() });
    expect([nodes.own, nodes.names]).toEqual([undefined, []]);
    expect(await nodes.ask("kill", CALL)).toEqual({ answers: [], unreachable: [] });
  });
});

it("is asked as the operator of another node: with the arguments, and who it is", async () => {
  let answer: (body: object) => unknown = () => {};
  const others = { own: "a", answer: (_question: string, answerer: typeof answer) => void (answer = answerer) };
  const nodes = new Nodes({ nodes: others as unknown as OtherNodes, clock: new FakeClock() });
  nodes.answer("sessions", ({ args, kwargs, caller }) => [args, kwargs, caller.authid]);
  const { procedure, args, kwargs, caller } = CALL;
  const body = JSON.parse(JSON.stringify({ procedure, args, kwargs, caller })) as object;
  expect(await answer(body)).toEqual({ result: [["com.example.realm"], { text: "ann" }, "olga"] });
  nodes.answer("kill", () => {
    throw new WampError(ErrorUri.NO_SUCH_REALM);
  });
  expect(await answer(body)).toEqual({ error: ErrorUri.NO_SUCH_REALM });
  nodes.tell<{ of: string }>("countsOf", ({ of }) => of);
  expect(await answer({ of: "something" })).toEqual({ result: "something" });
});
