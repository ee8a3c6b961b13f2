import { describe, expect, it } from "vitest";
import { realmFolder } from "./lmdb-store.js";

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
