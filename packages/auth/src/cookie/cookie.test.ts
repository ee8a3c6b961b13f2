import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { cookieJar, MemoryCookieStore, type CookieJournal, type CookieRecord } from "./index.js";

const JOE = { authid: "joe", authrole: "user", authprovider: "static", authmethod: "ticket" };
const REALM = "com.example.realm";
const DAY = 86_400_000;

describe("MemoryCookieStore", () => {
  it("ids are random and opaque, and identify nobody before a login", () => {
    const store = new MemoryCookieStore();
    const ids = Array.from({ length: 100 }, () => store.issue());
    expect(new Set(ids).size).toBe(100);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
    expect([store.size, store.has(ids[0]!)]).toEqual([0, false]);
  });

  it("takes ids from the source of randomness", () => {
    const store = new MemoryCookieStore({ random: (length) => new Uint8Array(length).fill(0xab) });
    expect(store.issue()).toBe("ab".repeat(32));
  });

  it("a cookie is valid in the realm of its login, until it expires or is revoked", () => {
    const clock = new FakeClock();
    const store = new MemoryCookieStore({ clock });
    const [one, other] = [store.issue(), store.issue()];
    store.bind(one, REALM, JOE);
    store.bind(other, REALM, JOE);
    expect([store.find(one, REALM), store.find(one, "com.example.other")]).toEqual([JOE, undefined]);
    store.revoke(one);
    expect([store.has(one), store.find(one, REALM), store.has(other)]).toEqual([false, undefined, true]);
    clock.advance(DAY);
    expect([store.has(other), store.find(other, REALM)]).toEqual([false, undefined]);
  });

  it("stores a bounded number of cookies, and drops the oldest", () => {
    const store = new MemoryCookieStore({ maxCookies: 10, clock: new FakeClock() });
    const ids = Array.from({ length: 30 }, () => store.issue());
    for (const id of ids) store.bind(id, REALM, JOE);
    expect([store.size, store.has(ids[0]!), store.has(ids[29]!)]).toEqual([10, false, true]);
    expect(() => new MemoryCookieStore({ maxAge: 0 })).toThrow("maxAge");
  });

  it("a revoked cookie is never bound again", () => {
    const store = new MemoryCookieStore();
    store.bind("id", REALM, JOE);
    store.revoke("id");
    expect([store.bind("id", REALM, JOE), store.has("id"), store.find("id", REALM)]).toEqual([false, false, undefined]);
  });

  it("a cookie that replaces another takes its other realms over; revoking the old one revokes it", () => {
    const store = new MemoryCookieStore();
    store.bind("old", "com.example.other", JOE);
    expect(store.bind("new", REALM, JOE, "old")).toBe(true);
    expect([store.has("old"), store.find("new", REALM), store.find("new", "com.example.other")]).toEqual([
      false,
      JOE,
      JOE,
    ]);
    expect(store.bind("old", REALM, JOE)).toBe(false);
    store.revoke("old");
    expect([store.has("new"), store.size]).toEqual([false, 0]);
  });

  it("stores the identity and no other field", () => {
    const store = new MemoryCookieStore();
    store.bind("id", REALM, { ...JOE, authextra: { secret: 1 } } as typeof JOE);
    expect(store.find("id", REALM)).toEqual(JOE);
  });
});

describe("CookieJournal", () => {
  /** Records as a disk would keep them. */
  class Disk implements CookieJournal {
    readonly records = new Map<string, string>();
    load(): Iterable<readonly [string, CookieRecord]> {
      return Array.from(this.records, ([key, text]) => [key, JSON.parse(text) as CookieRecord] as const);
    }
    put(key: string, record: CookieRecord): void {
      this.records.set(key, JSON.stringify(record));
    }
    delete(key: string): void {
      this.records.delete(key);
    }
  }

  it("cookies survive a restart, and so do their expiry, realms, revocations and replacements", () => {
    const [clock, journal] = [new FakeClock(), new Disk()];
    const restart = (): MemoryCookieStore => new MemoryCookieStore({ clock, journal });
    const before = restart();
    const [kept, revoked, old, replacement] = Array.from({ length: 4 }, () => before.issue());
    for (const id of [kept!, revoked!, old!]) before.bind(id, REALM, JOE);
    before.revoke(revoked!);
    clock.advance(1000);
    before.bind(replacement!, "__proto__", JOE, old);
    const after = restart();
    expect([after.find(kept!, REALM), after.find(kept!, "com.example.other")]).toEqual([JOE, undefined]);
    expect([after.has(revoked!), after.bind(revoked!, REALM, JOE)]).toEqual([false, false]);
    expect([after.has(old!), after.find(replacement!, REALM), after.find(replacement!, "__proto__")]).toEqual([
      false,
      JOE,
      JOE,
    ]);
    after.revoke(old!);
    expect(restart().has(replacement!)).toBe(false);
    clock.advance(DAY - 1000);
    expect(restart().has(kept!)).toBe(false);
    clock.advance(1000);
    restart();
    expect(journal.records.size).toBe(0);
  });

  it("never gets an id that somebody could log in with, and holds no more than the limit", () => {
    const journal = new Disk();
    const store = new MemoryCookieStore({ clock: new FakeClock(), journal, maxCookies: 3 });
    const ids = Array.from({ length: 10 }, () => store.issue());
    for (const id of ids) store.bind(id, REALM, JOE);
    expect(journal.records.size).toBe(3);
    const seen = JSON.stringify([...journal.records]);
    for (const id of ids) expect(seen).not.toContain(id);
    expect(new MemoryCookieStore({ clock: new FakeClock(), journal, maxCookies: 2 }).size).toBeLessThan(3);
  });
});

describe("cookieJar", () => {
  const store = new MemoryCookieStore();
  const jar = cookieJar({ store });

  it("sets an HttpOnly, SameSite cookie; Secure and for this host alone over TLS", () => {
    const plain = jar({ cookieHeader: undefined, tls: false });
    expect(plain.setCookie).toBe(`kreuz=${plain.id}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax`);
    const secure = jar({ cookieHeader: undefined, tls: true });
    expect(secure.setCookie).toBe(`__Host-kreuz=${secure.id}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure`);
  });

  it("accepts a known cookie among others, and replaces unknown ones", () => {
    const { id } = jar({ cookieHeader: undefined, tls: false });
    store.bind(id, REALM, JOE);
    expect(jar({ cookieHeader: `a=b; kreuz=forged; kreuz=${id}; c`, tls: false }).id).toBe(id);
    for (const cookieHeader of ["kreuz=planted", "kreuz", "=kreuz", "kreuz=", `xkreuz=${id}`, `kreuz="${id}"`]) {
      const answer = jar({ cookieHeader, tls: false });
      expect(answer.id).toMatch(/^[0-9a-f]{64}$/);
      expect(answer.id).not.toBe(id);
      expect(answer.setCookie).toContain(answer.id);
    }
  });

  it("looks up a few cookies of its name, however many a client sends", () => {
    const asked: string[] = [];
    const counting = cookieJar({
      store: new (class extends MemoryCookieStore {
        override has(id: string): boolean {
          asked.push(id);
          return super.has(id);
        }
      })(),
    });
    const cookies = Array.from({ length: 2000 }, (_, index) => `kreuz=${index}`);
    expect(counting({ cookieHeader: cookies.slice(0, 16).join(";"), tls: false }).tooMany).toBeUndefined();
    asked.length = 0;
    expect(counting({ cookieHeader: cookies.join(";"), tls: false }).tooMany).toBe(true);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.length).toBeLessThan(50);
  });

  it("gives a client with a valid cookie a fresh one under a second name, and takes whichever of the two is valid", () => {
    const { id } = jar({ cookieHeader: undefined, tls: true });
    store.bind(id, REALM, JOE);
    const second = jar({ cookieHeader: `__Host-kreuz=${id}`, tls: true });
    expect(second.id).toBe(id);
    expect(second.setCookie).toMatch(new RegExp(`^__Host-kreuz-next=${second.nextId}; Path=/; .*HttpOnly.*Secure`));
    store.revoke(id);
    store.bind(second.nextId!, REALM, JOE);
    const third = jar({ cookieHeader: `__Host-kreuz=${id}; __Host-kreuz-next=${second.nextId}`, tls: true });
    expect(third.id).toBe(second.nextId);
    expect(third.setCookie).toMatch(new RegExp(`^__Host-kreuz=${third.nextId}; `));
  });

  it("applies name, path and sameSite, and rejects malformed ones", () => {
    const named = cookieJar({ store, name: "session", path: "/ws", sameSite: "Strict" });
    expect(named({ cookieHeader: undefined, tls: true }).setCookie).toMatch(
      /^session=.*; Path=\/ws; .*SameSite=Strict/,
    );
    expect(() => cookieJar({ store, name: "a b" })).toThrow("name");
    expect(() => cookieJar({ store, path: "/;x" })).toThrow("path");
  });
});
