import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryCookieStore } from "@kreuz/auth";
import { ConfigError } from "@kreuz/codec";
import { FakeClock, waitUntil } from "@kreuz/testkit";
import { open as openDatabase } from "lmdb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cookieJournalLmdb, type CookieJournalLmdbOptions, type LmdbCookieJournal } from "./index.js";

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

const folder = (): string => join(path, "deep", "cookies");

async function openJournal(options: Partial<CookieJournalLmdbOptions> = {}): Promise<LmdbCookieJournal> {
  const journal = await cookieJournalLmdb({ path: folder(), ...options });
  journals.push(journal);
  return journal;
}

async function open(
  clock = new FakeClock(),
  options: Partial<CookieJournalLmdbOptions> = {},
): Promise<MemoryCookieStore> {
  return new MemoryCookieStore({ clock, journal: await openJournal({ clock, ...options }) });
}

/** Logs in. @returns the cookie. */
function login(store: MemoryCookieStore): string {
  const id = store.issue();
  expect(store.bind(id, REALM, JOE)).toBe(true);
  return id;
}

async function close(): Promise<void> {
  await journals.pop()?.close();
}

describe("cookieJournalLmdb", () => {
  it("keeps logins, revocations and replacements across a restart", async () => {
    const store = await open();
    const [kept, revoked, old, replacement] = ["a", "b", "c", "d"].map(() => store.issue());
    for (const id of [kept!, revoked!, old!]) store.bind(id, REALM, JOE);
    store.revoke(revoked!);
    store.bind(replacement!, "com.example.other", JOE, old);
    await close();
    const after = await open();
    expect(after.find(kept!, REALM)).toEqual(JOE);
    expect([after.has(revoked!), after.bind(revoked!, REALM, JOE)]).toEqual([false, false]);
    expect([after.has(old!), after.find(replacement!, REALM)]).toEqual([false, JOE]);
  });

  it("a revocation is on disk at once, without a proper end, even while its login is being written", async () => {
    const store = await open();
    const [first, second] = [login(store), login(store)];
    store.revoke(first);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    store.revoke(second);
    // Reads what is committed, as another process would after a crash.
    const database = openDatabase<Buffer, string>({ path: folder(), noSubdir: false, encoding: "binary" });
    const revocations = [...database.getKeys()].filter((key) => key.startsWith("!"));
    await database.close();
    expect(revocations).toHaveLength(2);
    await close();
    const after = await open();
    expect([first, second].map((id) => after.has(id) || after.bind(id, REALM, JOE))).toEqual([false, false]);
  });

  it("forgets what expired", async () => {
    const clock = new FakeClock();
    const store = await open(clock);
    const id = login(store);
    await close();
    clock.advance(86_400_000);
    expect((await open(clock)).has(id)).toBe(false);
    await close();
    expect([...(await openJournal()).load()]).toEqual([]);
  });

  it("no file has an id that somebody could log in with", async () => {
    const id = login(await open());
    await close();
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder())) expect((await readFile(join(folder(), name))).includes(id)).toBe(false);
  });

  it("rejects a missing path", async () => {
    await expect(cookieJournalLmdb({ path: "" })).rejects.toThrow("cookies.path: expected the path of a folder");
  });
});

describe("a folder", () => {
  it("in use is refused, and the error says who holds it; after close it is free", async () => {
    await open();
    await expect(open()).rejects.toThrow(`cookies.path: ${folder()} is in use by process ${process.pid} on host`);
    await close();
    await open();
  });

  it("of a later version is refused; one without a header is taken over", async () => {
    const id = login(await open());
    await close();
    const header = join(folder(), "cookies.json");
    writeFileSync(header, JSON.stringify({ format: "kreuz-cookies", version: 2 }));
    await expect(open()).rejects.toThrow("version 2, this router reads up to 1; update @kreuz/cookie-journal-lmdb");
    await rm(header);
    expect((await open()).has(id)).toBe(true);
    await close();
    expect(JSON.parse(readFileSync(header, "utf8"))).toMatchObject({ format: "kreuz-cookies", version: 1 });
  });

  it.each<[damage: string, spoil: (file: string) => void]>([
    ["cut", (file) => truncateSync(file, 5_000)],
    ["replaced by text", (file) => writeFileSync(file, "no database\n".repeat(10_000))],
    ["overwritten", (file) => writeFileSync(file, readFileSync(file).fill(7, 8_192, 30_000))],
  ])("whose database was %s: an error that names it", async (_damage, spoil) => {
    const store = await open();
    for (let i = 0; i < 100; i++) login(store);
    await close();
    spoil(join(folder(), "data.mdb"));
    await expect(open()).rejects.toThrow(ConfigError);
    await expect(open()).rejects.toThrow(`${join(folder(), "data.mdb")} is damaged`);
  });

  it("with a damaged record: it is left out, and the others are there", async () => {
    const store = await open();
    const ids = [login(store), login(store), login(store)];
    await close();
    const file = join(folder(), "data.mdb");
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf('"authrole":"user"');
    writeFileSync(file, bytes.fill("admin", at + 12, at + 16));
    const damaged: number[] = [];
    const after = await open(new FakeClock(), { onDamage: (records) => damaged.push(records) });
    expect(damaged).toEqual([1]);
    expect(ids.filter((id) => after.has(id))).toHaveLength(2);
  });
});

/** A disk of 8 MiB at `path`. Only root can mount one. */
function mountSmallDisk(): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", path]).status === 0;
}

describe("a disk that is full", () => {
  it("is told once; with room again, everything is written, and nothing was lost", async ({ skip }) => {
    if (!mountSmallDisk()) return skip("a small disk is missing: mounting one takes root");
    try {
      const clock = new FakeClock();
      const told: string[] = [];
      const onError = (error: Error): void => void told.push(error.message);
      const store = await open(clock, { onError, onRecovered: () => void told.push("recovered") });
      const before = login(store);
      await waitUntil(() => statSync(join(folder(), "data.mdb")).size > 20_000);
      const ballast = join(path, "ballast");
      spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]);
      const during = Array.from({ length: 300 }, () => login(store));
      const revoked = login(store);
      store.revoke(before);
      store.revoke(revoked);
      expect(await waitUntil(() => told.length > 0)).toBe(true);
      // Tried again and again, and told no more.
      for (let second = 0; second < 20; second++) {
        clock.advance(1_000);
        store.revoke(login(store));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(told).toEqual([expect.stringMatching(/^the disk of .* is full: \d+ bytes are free, \d+ are needed/)]);
      await rm(ballast);
      expect(await waitUntil(() => (clock.advance(1_000), told.length > 1))).toBe(true);
      expect(told.slice(1)).toEqual(["recovered"]);
      await close();
      const after = await open(clock);
      expect(during.filter((id) => !after.has(id))).toEqual([]);
      expect([before, revoked].map((id) => after.has(id))).toEqual([false, false]);
    } finally {
      await close();
      spawnSync("umount", [path]);
    }
  });

  it("does not keep the journal from closing", async ({ skip }) => {
    if (!mountSmallDisk()) return skip("a small disk is missing: mounting one takes root");
    try {
      const told: string[] = [];
      const store = await open(new FakeClock(), { onError: ({ message }) => void told.push(message) });
      spawnSync("dd", ["if=/dev/zero", `of=${join(path, "ballast")}`, "bs=4k"]);
      for (let i = 0; i < 300; i++) login(store);
      await close();
      expect(told).toHaveLength(1);
      mkdirSync(join(path, "other"));
      await expect(cookieJournalLmdb({ path: join(path, "other") })).rejects.toThrow(
        `the disk of ${join(path, "other")} is full; make room`,
      );
      expect(await readdir(join(path, "other"))).toEqual([]);
    } finally {
      await close();
      spawnSync("umount", [path]);
    }
  });
});
