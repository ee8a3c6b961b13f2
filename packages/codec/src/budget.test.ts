import { describe, expect, it } from "vitest";
import { Budget, type Account, type Cut } from "./budget.js";

/** A client that notes how it was cut, and closes its account as a connection does. */
function open(budget: Budget, options: { authenticated?: boolean } = {}): { account: Account; cuts: Cut[] } {
  const cuts: Cut[] = [];
  const account: Account = budget.open({
    cut(cut) {
      cuts.push(cut);
      account.close();
    },
  });
  account.authenticated = options.authenticated ?? true;
  return { account, cuts };
}

const turn = (): Promise<void> => Promise.resolve();

describe("What is charged", () => {
  it("is the bytes and an overhead for each piece; a refund takes both back", () => {
    const budget = new Budget();
    const { account } = open(budget);
    account.charge(1000, 2);
    expect([account.bytes, account.pieces]).toEqual([1256, 2]);
    expect([budget.bytes, budget.pieces, budget.clients]).toEqual([1256, 2, 1]);
    account.refund(1000, 2);
    expect([account.bytes, account.pieces, budget.bytes, budget.pieces]).toEqual([0, 0, 0, 0]);
  });

  it("is refunded when the account closes, once, and nothing counts after that", () => {
    const budget = new Budget();
    const { account } = open(budget);
    account.charge(1000);
    account.setUnsent(500);
    account.close();
    account.refund(1000);
    account.charge(5);
    account.setUnsent(0);
    account.close();
    expect([budget.bytes, budget.pieces, budget.clients, account.bytes]).toEqual([0, 0, 0, 0]);
  });

  it("a reservation beyond the budget, or beyond what one client may hold, charges nothing", async () => {
    const budget = new Budget({ maxBytes: 10_000, maxClientBytes: 6_000, maxClientPieces: 4 });
    const one = open(budget);
    const other = open(budget);
    expect([one.account.reserve(5_000), one.account.reserve(1_000)]).toEqual([true, false]);
    expect([other.account.reserve(4_000), other.account.reserve(1_000)]).toEqual([true, false]);
    expect([other.account.reserve(0, 3), other.account.reserve(0, 1)]).toEqual([true, false]);
    await turn();
    expect([...one.cuts, ...other.cuts]).toEqual([]);
  });
});

describe("When others have filled the budget", () => {
  it("a client with less than an equal share still gets room, in the tenth that others cannot reserve", async () => {
    const budget = new Budget({ maxBytes: 100_000, maxClientBytes: 100_000 });
    const [greedy, modest] = [open(budget), open(budget)];
    while (greedy.account.reserve(1_000));
    expect(budget.bytes).toBeGreaterThan(88_000);
    expect(budget.bytes).toBeLessThanOrEqual(90_000);
    expect(modest.account.reserve(5_000)).toBe(true);
    await turn();
    expect([...greedy.cuts, ...modest.cuts]).toEqual([]);
  });

  it("the largest holder is cut for it once that tenth is full, too", async () => {
    const budget = new Budget({ maxBytes: 100_000, maxClientBytes: 100_000 });
    const [greedy, modest] = [open(budget), open(budget)];
    while (greedy.account.reserve(1_000));
    expect(modest.account.reserve(15_000)).toBe(true);
    await turn();
    expect(greedy.cuts.map(({ reason }) => reason)).toEqual(["largest-holder"]);
    expect(modest.cuts).toEqual([]);
  });
});

describe("Who is cut", () => {
  it("first clients that have not logged in, then the slowest reader, then the largest holder", async () => {
    const seen: Cut[] = [];
    const budget = new Budget({ maxBytes: 1_000_000, maxClientBytes: 1_000_000, onCut: (cut) => seen.push(cut) });
    const holder = open(budget);
    const reader = open(budget);
    const stranger = open(budget, { authenticated: false });
    const small = open(budget);
    small.account.charge(10_000);
    holder.account.charge(500_000);
    reader.account.setUnsent(300_000);
    stranger.account.charge(150_000);
    await turn();
    expect(seen).toEqual([]);
    small.account.charge(60_000);
    await turn();
    expect(stranger.cuts.map(({ reason }) => reason)).toEqual(["unauthenticated"]);
    expect([reader.cuts, holder.cuts, small.cuts]).toEqual([[], [], []]);

    small.account.charge(140_000);
    await turn();
    expect(reader.cuts.map(({ reason }) => reason)).toEqual(["slowest-reader"]);
    expect(budget.bytes).toBeLessThan(1_000_000);

    small.account.charge(310_000);
    await turn();
    expect(small.cuts.map(({ reason }) => reason)).toEqual(["largest-holder"]);
    expect(holder.cuts).toEqual([]);
    expect(seen.map(({ reason }) => reason)).toEqual(["unauthenticated", "slowest-reader", "largest-holder"]);
  });

  it("a client beyond its own limit, though there is room for all, and it alone", async () => {
    const budget = new Budget({ maxBytes: 1_000_000, maxClientPieces: 10 });
    const greedy = open(budget);
    const modest = open(budget);
    modest.account.charge(0, 9);
    greedy.account.charge(0, 11);
    await turn();
    expect(greedy.cuts).toMatchObject([{ reason: "client-limit", pieces: 11 }]);
    expect(greedy.cuts[0]?.message).toContain("10 pieces");
    expect(modest.cuts).toEqual([]);
  });

  it("nobody at once: the request that is being handled is finished first", async () => {
    const budget = new Budget({ maxBytes: 1000 });
    const { account, cuts } = open(budget);
    account.charge(5000);
    expect(cuts).toEqual([]);
    await turn();
    expect(cuts).toHaveLength(1);
    expect(budget.bytes).toBe(0);
  });

  it("enough of many to get below the budget, the largest first, a bounded number at a time", async () => {
    const budget = new Budget({ maxBytes: 1_000_000 });
    const clients = Array.from({ length: 500 }, (_, index) => ({ size: 1000 + index, ...open(budget) }));
    for (const { account, size } of clients) account.charge(size + 2000, 0);
    await turn();
    const cut = clients.filter(({ cuts }) => cuts.length > 0);
    expect(cut).toHaveLength(64);
    expect(Math.min(...cut.map(({ size }) => size))).toBeGreaterThan(
      Math.max(
        ...clients
          .filter(({ cuts }) => cuts.length === 0)
          .slice(0, 100)
          .map(({ size }) => size),
      ),
    );
    for (let round = 0; budget.exceeded && round < 20; round++) {
      open(budget).account.charge(1, 0);
      await turn();
    }
    expect(budget.exceeded).toBe(false);
  });

  it("a holder that fails to close its account counts no longer", async () => {
    const budget = new Budget({ maxBytes: 1000 });
    const account = budget.open({ cut: () => {} });
    account.charge(5000);
    await turn();
    expect([budget.bytes, budget.clients]).toEqual([0, 0]);
  });
});
