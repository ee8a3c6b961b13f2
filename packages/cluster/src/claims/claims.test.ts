import { FakeClock } from "@kreuz/testkit";
import type { InvocationPolicy } from "@kreuz/codec";
import { silentLogger } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { MapReferee } from "../memory.js";
import { seededRandom } from "../testing/seeded-random.js";
import { pass, passUntil } from "../testing/time.js";
import { readClaim } from "./claim-record.js";
import { Claims, type WhenIsolated } from "./claims.js";

const clock = new FakeClock(1_700_000_000_000);

function cluster(whenIsolated: WhenIsolated = "refuse"): {
  referee: MapReferee;
  claims: (node: string) => Claims;
  dead: Set<string>;
  lost: string[];
} {
  const referee = new MapReferee({ clock, random: seededRandom(1) });
  const dead = new Set<string>();
  const lost: string[] = [];
  const claims = (node: string): Claims =>
    new Claims({
      prefix: () => "r.reg",
      key: (uri, match) => `r.reg.${match}-${uri.replaceAll(".", "_")}`,
      referee,
      clock,
      logger: silentLogger,
      random: seededRandom(node.charCodeAt(0)),
      self: () => ({ node, incarnation: 1 }),
      isDead: async ({ node }) => dead.has(node),
      now: () => clock.now(),
      remind: async () => {},
      whenIsolated,
      lost: (uri) => void lost.push(`${node} ${uri}`),
    });
  return { referee, claims, dead, lost };
}

const wanted = (invoke: InvocationPolicy = "single", force = false) =>
  ({ uri: "com.a", match: "exact", invoke, force }) as const;

async function holders(referee: MapReferee): Promise<readonly string[]> {
  return readClaim((await referee.read("r.reg.exact-com_a"))?.value)?.holders.map(({ node }) => node) ?? [];
}

describe("claims to a URI", () => {
  it("of two nodes that race, one wins; the other one learns why it lost", async () => {
    const { claims, referee } = cluster();
    referee.disturb({ delay: { least: 1, most: 9 } });
    const [a, b] = [claims("a"), claims("b")];
    const race = Promise.allSettled([a.acquire(wanted()), b.acquire(wanted())]);
    const outcomes = await passUntil(clock, race);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const [lost] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(lost).toMatchObject({ uri: "wamp.error.procedure_already_exists" });
    referee.disturb({});
    await expect(claims("c").acquire(wanted("roundrobin"))).rejects.toMatchObject({ uri: lost.uri });
  });

  it("are shared under one policy, and refused under another", async () => {
    const { claims, referee } = cluster();
    const [a, b, c] = [claims("a"), claims("b"), claims("c")];
    const created = await a.acquire(wanted("roundrobin"));
    expect(await b.acquire(wanted("roundrobin"))).toBe(created);
    expect(await a.acquire(wanted("roundrobin"))).toBe(created);
    await expect(c.acquire(wanted("first"))).rejects.toMatchObject({
      uri: "wamp.error.procedure_exists_with_different_invocation_policy",
    });
    a.release("com.a", "exact");
    await pass(clock, 10);
    expect((await holders(referee)).toSorted()).toEqual(["a", "b"]);
    a.release("com.a", "exact");
    b.release("com.a", "exact");
    await pass(clock, 200);
    expect(await holders(referee)).toEqual([]);
    expect(a.size + b.size + c.size).toBe(0);
  });

  it("are taken over with force_reregister, and by who comes after the dead", async () => {
    const { claims, referee, dead, lost } = cluster();
    const [a, b, c] = [claims("a"), claims("b"), claims("c")];
    const first = await a.acquire(wanted());
    expect(await b.acquire(wanted("single", true))).toBeGreaterThan(first);
    await a.verify("com.a", "exact");
    expect(lost).toEqual(["a com.a"]);
    await expect(c.acquire(wanted())).rejects.toThrow("already registered");
    dead.add("b");
    await c.acquire(wanted());
    expect(await holders(referee)).toEqual(["c"]);
  });

  it("are made again when the referee forgot them: the first stays, the others are revoked", async () => {
    const { claims, referee, lost } = cluster();
    const a = claims("a");
    await a.acquire(wanted());
    referee.forget();
    const b = claims("b");
    await b.acquire(wanted());
    await a.assertAll();
    await b.assertAll();
    expect(lost).toEqual(["a com.a"]);
    expect(await holders(referee)).toEqual(["b"]);
  });

  it("wait for a referee that is away, and fail after 5 s", async () => {
    const { claims, referee } = cluster();
    referee.disturb({ failure: 2 });
    const [early, late] = [claims("a").acquire(wanted()), claims("b").acquire({ ...wanted(), uri: "com.c" })];
    await pass(clock, 4000);
    referee.disturb({});
    await passUntil(clock, Promise.all([early, late]));
    referee.disturb({ failure: 2 });
    const refused = claims("c").acquire({ ...wanted(), uri: "com.b" });
    await expect(passUntil(clock, refused)).rejects.toMatchObject({ uri: "wamp.error.network_failure" });
  });

  it("are made by a node alone where it may, and given up when another one was first", async () => {
    const { claims, referee, lost } = cluster("accept");
    const [a, b] = [claims("a"), claims("b")];
    referee.disturb({ failure: 2 });
    await passUntil(clock, Promise.all([a.acquire(wanted()), b.acquire({ ...wanted(), uri: "com.c" })]));
    referee.disturb({});
    await claims("c").acquire(wanted());
    await pass(clock, 3000);
    expect(lost).toEqual(["a com.a"]);
    expect(await holders(referee)).toEqual(["c"]);
    expect(readClaim((await referee.read("r.reg.exact-com_c"))?.value)?.holders).toMatchObject([{ node: "b" }]);
  });

  it("lose their dead holders when they are swept", async () => {
    const { claims, referee, dead } = cluster();
    await claims("a").acquire(wanted("random"));
    await claims("b").acquire(wanted("random"));
    dead.add("a");
    await claims("c").sweep();
    expect(await holders(referee)).toEqual(["b"]);
    dead.add("b");
    await claims("c").sweep();
    expect(await referee.read("r.reg.exact-com_a")).toBeUndefined();
  });
});
