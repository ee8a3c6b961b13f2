import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryCookieStore } from "@kreuz/auth";
import { FakeClock } from "@kreuz/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cookieJournalLmdb, type LmdbCookieJournal } from "./index.js";

const REALM = "com.example.realm";
const JOE = { authid: "joe", authrole: "user", authprovider: "static", authmethod: "ticket" };
let path = "";
const journals: LmdbCookieJournal[] = [];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "kreuz-cookies-"));
});

afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close();
  await rm(path, { recursive: true });
});

function open(clock = new FakeClock()): MemoryCookieStore {
  const journal = cookieJournalLmdb({ path: join(path, "deep", "cookies") });
  journals.push(journal);
  return new MemoryCookieStore({ clock, journal });
}

async function close(): Promise<void> {
  await journals.pop()?.close();
}

describe("cookieJournalLmdb", () => {
  it("keeps logins, revocations and replacements across a restart", async () => {
    const store = open();
    const [kept, revoked, old, replacement] = ["a", "b", "c", "d"].map(() => store.issue());
    for (const id of [kept!, revoked!, old!]) store.bind(id, REALM, JOE);
    store.revoke(revoked!);
    store.bind(replacement!, "com.example.other", JOE, old);
    await close();
    const after = open();
    expect(after.find(kept!, REALM)).toEqual(JOE);
    expect([after.has(revoked!), after.bind(revoked!, REALM, JOE)]).toEqual([false, false]);
    expect([after.has(old!), after.find(replacement!, REALM)]).toEqual([false, JOE]);
  });

  it("a revocation is on disk at once, without a proper end", () => {
    const store = open();
    const id = store.issue();
    store.bind(id, REALM, JOE);
    store.revoke(id);
    // Reads what is committed, as another process would after a crash.
    expect(open().has(id)).toBe(false);
    expect(open().bind(id, REALM, JOE)).toBe(false);
  });

  it("forgets what expired", async () => {
    const clock = new FakeClock();
    const store = open(clock);
    const id = store.issue();
    store.bind(id, REALM, JOE);
    await close();
    clock.advance(86_400_000);
    expect(open(clock).has(id)).toBe(false);
    await close();
    const journal = cookieJournalLmdb({ path: join(path, "deep", "cookies") });
    journals.push(journal);
    expect([...journal.load()]).toEqual([]);
  });

  it("no file has an id that somebody could log in with", async () => {
    const store = open();
    const id = store.issue();
    store.bind(id, REALM, JOE);
    await close();
    const folder = join(path, "deep", "cookies");
    for (const name of await readdir(folder)) expect((await readFile(join(folder, name))).includes(id)).toBe(false);
  });

  it("rejects a missing path", () => {
    expect(() => cookieJournalLmdb({ path: "" })).toThrow("path: expected the path of a folder");
  });
});
