import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventStoreContract } from "@kreuz/event-history/contract";
import { afterAll, describe, expect, it } from "vitest";
import { lmdbStore, realmFolder } from "./lmdb-store.js";

const folder = await mkdtemp(join(tmpdir(), "kreuz-lmdb-"));
afterAll(() => rm(folder, { recursive: true }));

describe("the contract of stores of events", () => {
  let last = 0;
  const store = (limits: { readonly maxEvents?: number } = {}) =>
    lmdbStore({ path: join(folder, String(++last)), ...limits });
  // Each case gets a folder of its own.
  const cases = eventStoreContract({ open: (realm) => store()(realm), openWith: (limits) => store(limits) });
  it.each(cases)("$name", ({ run }) => run());
});

describe("realmFolder", () => {
  it.each([
    ["com.example.realm1", "com.example.realm1"],
    ["Realm1", "%52ealm1"],
    ["a/../b", "a%2f..%2fb"],
    ["com:x%", "com%3ax%25"],
    ["ü", "%c3%bc"],
  ])("%s → %s", (realm, folder) => {
    expect(realmFolder(realm)).toBe(folder);
  });

  it("is short, and different for every long name", () => {
    const names = ["x".repeat(500), "x".repeat(501), "X".repeat(60)].map(realmFolder);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^%sha256-[0-9a-f]{64}$/);
  });
});
