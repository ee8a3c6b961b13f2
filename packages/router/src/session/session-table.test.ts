import { FakeClock } from "@kreuz/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionActivity } from "./session-activity.js";
import type { SessionFilter } from "./session-directory.js";
import type { Departure, SessionInfo } from "./session-info.js";
import { SessionTable, type EndableSession } from "./session-table.js";
import { Session, type SendOutcome } from "./session.js";

/** A session that leaves the table as soon as it is ended, and may take others along. */
class FakeSession extends Session implements EndableSession {
  readonly departures: Departure[] = [];
  readonly activity = new SessionActivity(0);
  readonly #table: SessionTable;
  takesAlong: FakeSession | undefined;

  constructor(table: SessionTable, session: number, authid: string, authrole: string) {
    const transport = { type: "memory", protocol: "none", serializer: "none" };
    const info: SessionInfo = {
      session,
      realm: "a.b",
      authid,
      authrole,
      authmethod: "x",
      authprovider: "x",
      transport,
    };
    super(info, 0, false);
    this.#table = table;
  }

  end(departure: Departure): void {
    this.departures.push(departure);
    this.#table.remove(this);
    this.takesAlong?.end(departure);
  }

  override send(): SendOutcome {
    return "sent";
  }

  override sendEvent(): void {}
}

const BYE: Departure = { reason: "com.example.bye" };
const NAMES = ["ann", "bob", "cy"];
const ROLES = ["admin", "user"];

function filled(size: number): { table: SessionTable; clock: FakeClock; sessions: FakeSession[] } {
  const clock = new FakeClock();
  const table = new SessionTable(clock);
  const sessions = Array.from(
    { length: size },
    (_, index) => new FakeSession(table, index + 1, NAMES[index % 3] ?? "", ROLES[index % 2] ?? ""),
  );
  for (const session of sessions) table.add(session);
  return { table, clock, sessions };
}

const filter: fc.Arbitrary<SessionFilter> = fc.record(
  {
    authids: fc.array(fc.constantFrom(...NAMES, "nobody"), { maxLength: 4 }),
    authroles: fc.array(fc.constantFrom(...ROLES, "none"), { maxLength: 4 }),
    except: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: [] },
);

describe("SessionTable", () => {
  it("counts and lists what a scan finds, for every filter, while sessions come and go", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 30 }), fc.array(filter, { maxLength: 10 }), (toggles, filters) => {
        const { table, sessions } = filled(10);
        const present = new Set(sessions);
        for (const index of toggles) {
          const session = sessions[index]!;
          if (present.delete(session)) table.remove(session);
          else {
            table.add(session);
            present.add(session);
          }
        }
        expect(table.size).toBe(present.size);
        expect([...table].length).toBe(present.size);
        for (const { authids, authroles, except } of [{}, ...filters] as SessionFilter[]) {
          const expected = [...present]
            .filter(({ info }) => authids === undefined || authids.includes(info.authid))
            .filter(({ info }) => authroles === undefined || authroles.includes(info.authrole))
            .filter(({ id }) => id !== except)
            .map(({ id }) => id);
          const asked: SessionFilter = {
            ...(authids && { authids }),
            ...(authroles && { authroles }),
            ...(except !== undefined && { except }),
          };
          expect([...table.list(asked)].toSorted()).toEqual(expected.toSorted());
          expect(table.count(asked)).toBe(expected.length);
        }
      }),
    );
  });

  it("kills one, and says whether there was one", () => {
    const { table, sessions } = filled(2);
    expect(table.kill(1, BYE)).toBe(true);
    expect(table.kill(1, BYE)).toBe(false);
    expect(table.kill(99, BYE)).toBe(false);
    expect(sessions.map(({ departures }) => departures)).toMatchObject([[BYE], []]);
    expect([table.size, table.get(1), table.get(2)?.session]).toEqual([1, undefined, 2]);
  });

  it("kills few at once, without a promise", () => {
    const { table } = filled(6);
    expect(table.killAll({ authroles: ["user"], except: 2 }, BYE)).toEqual([4, 6]);
    expect(table.list()).toEqual([1, 2, 3, 5]);
  });

  it("kills many a bounded number per turn, and counts only those that it killed", async () => {
    const { table, clock, sessions } = filled(100);
    sessions[0]!.takesAlong = sessions[99];
    const killing = table.killAll({}, BYE);
    expect(table.size).toBeLessThan(100);
    expect(table.size).toBeGreaterThan(50);
    const late = new FakeSession(table, 1000, "late", "user");
    table.add(late);
    sessions[98]!.end({ reason: "com.example.own" });
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(0);
      await Promise.resolve();
    }
    const killed = await killing;
    expect(killed).toHaveLength(98);
    expect(killed).not.toContain(100);
    expect(killed).not.toContain(99);
    expect(table.list()).toEqual([1000]);
    for (const { departures } of sessions) expect(departures).toHaveLength(1);
  });
});
