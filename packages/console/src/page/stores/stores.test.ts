import type { Stats, StatsChange } from "@kreuz/admin/contract";
import { ConnectError, type Session, SessionEndedError } from "@kreuz/client";
import { describe, expect, it } from "vitest";
import type { RouterApi } from "../api/router-api.js";
import { Access } from "./access.js";
import { EventLog } from "./event-log.js";
import { History, KEPT_SAMPLES } from "./history.js";
import { LiveStats } from "./live-stats.js";
import { Notices } from "./notices.js";
import { type FetchPage, PagedList } from "./paged-list.js";
import { observedSince, quantile } from "./quantile.js";
import { type Sample, SAMPLE_KEYS } from "./sample.js";
import { Selection } from "./selection.js";

describe("PagedList", () => {
  type Answer = Awaited<ReturnType<FetchPage<number, string>>>;

  /** A list whose questions wait until they are answered. */
  function list() {
    const open: { query: string; after: string | undefined; answer: (page: Answer) => void; fail: () => void }[] = [];
    const paged = new PagedList<number, string>(
      (query, _limit, after) =>
        new Promise((answer, reject) => void open.push({ query, after, answer, fail: () => reject(new Error("no")) })),
      "",
    );
    return { paged, open };
  }
  const page = (items: number[], next?: string): Answer => ({
    items,
    total: 9,
    matched: 4,
    ...(next !== undefined && { next }),
  });

  it("adds pages until there are no more", async () => {
    const { paged, open } = list();
    const first = paged.search("a");
    open[0]!.answer(page([1, 2], "2"));
    await first;
    const more = paged.more();
    expect(paged.state.value.loading).toBe("more");
    // One at a time.
    await paged.more();
    expect(open).toHaveLength(2);
    expect(open[1]).toMatchObject({ query: "a", after: "2" });
    open[1]!.answer(page([3, 4]));
    await more;
    expect(paged.rows.value).toEqual([1, 2, 3, 4]);
    expect(paged.state.value).toMatchObject({ hasMore: false, loading: "idle", total: 9, matched: 4 });
    await paged.more();
    expect(open).toHaveLength(2);
  });

  it("takes no answer to an older question", async () => {
    const { paged, open } = list();
    const [old, latest] = [paged.search("a"), paged.search("ab")];
    open[1]!.answer(page([2]));
    await latest;
    open[0]!.answer(page([1]));
    await old;
    expect(paged.rows.value).toEqual([2]);
  });

  it("keeps its rows when a question fails, and tells the problem until one succeeds", async () => {
    const { paged, open } = list();
    const first = paged.search("a");
    open[0]!.answer(page([1]));
    await first;
    const refresh = paged.refresh();
    open[1]!.fail();
    await refresh;
    expect(paged.rows.value).toEqual([1]);
    expect(paged.state.value.problem).toEqual(new Error("no"));
    const again = paged.refresh();
    open[2]!.answer(page([1, 2]));
    await again;
    expect(paged.state.value.problem).toBeUndefined();
  });
});

describe("quantile", () => {
  const bounds = [1, 2, 4];

  it.each([
    [[0, 10, 0, 0], 0.5, 1.5],
    [[10, 0, 0, 0], 0.5, 0.5],
    [[0, 0, 1, 0], 1, 4],
    [[0, 0, 0, 3], 0.99, 4],
    [[0, 0, 0, 0], 0.5, undefined],
  ])("of %j at %d is %d", (counts, share, expected) =>
    expect(quantile({ bounds, counts, sum: 0 }, share)).toBe(expected),
  );

  it("looks at what is new alone", () => {
    const before = { bounds, counts: [5, 5, 0, 0], sum: 10 };
    expect(observedSince({ bounds, counts: [5, 7, 1, 0], sum: 15 }, before)).toEqual({
      bounds,
      counts: [0, 2, 1, 0],
      sum: 5,
    });
  });
});

describe("History", () => {
  const sample = (sessions: number): Sample =>
    ({ ...Object.fromEntries(SAMPLE_KEYS.map((key) => [key, null])), sessions }) as Sample;

  it("has ten minutes from the start on, and gaps where seconds are missing", () => {
    const history = new History();
    expect(history.series("sessions")).toHaveLength(KEPT_SAMPLES);
    history.add(10_000, sample(1));
    history.add(11_020, sample(2));
    history.add(14_000, sample(3));
    expect(history.series("sessions")).toHaveLength(KEPT_SAMPLES);
    expect(history.series("sessions").slice(-5)).toEqual([1, 2, null, null, 3]);
    expect(history.timeOf(KEPT_SAMPLES - 5)).toBe(10_000);
  });

  it("forgets everything after a long gap, however long", () => {
    const history = new History();
    history.add(0, sample(1));
    history.add(1e15, sample(2));
    expect(history.series("sessions").filter((value) => value !== null)).toEqual([2]);
  });
});

describe("LiveStats", () => {
  const whole = (at: number, sessions: number): Stats =>
    ({
      at,
      process: { cpuSeconds: 0, eventLoopDelay: { p50: 0, p99: 0, max: 0 } },
      listeners: {},
      limits: {},
      realms: { a: realm(sessions), b: realm(0) },
    }) as unknown as Stats;
  const realm = (sessions: number): object => ({
    sessions,
    messagesIn: {},
    messagesOut: {},
    calls: { ok: 0 },
    callSeconds: { bounds: [1], counts: [0, 0], sum: 0 },
    publications: 0,
    eventsDropped: {},
  });
  const change = (sequence: number, at: number, of: object): StatsChange =>
    ({ sequence, at, realms: { a: of } }) as unknown as StatsChange;

  function live(answers: readonly Stats[]) {
    const left = [...answers];
    const api = { ask: async () => left.shift() } as unknown as RouterApi;
    return { stats: new LiveStats(api, (error) => expect.fail(String(error))), left };
  }

  it("lays changes over the whole, and makes samples of them", async () => {
    const { stats } = live([whole(1000, 5)]);
    const history = stats.history("a");
    await stats.reload();
    stats.receive(change(7, 2000, { sessions: 6, calls: { ok: 20 } }));
    stats.receive(change(8, 4000, { calls: { ok: 40 } }));
    expect(stats.stats.value?.realms).toMatchObject({ a: { sessions: 6, calls: { ok: 40 } }, b: { sessions: 0 } });
    expect(history.series("calls").slice(-3)).toEqual([20, null, 10]);
    expect(history.latest("sessions")).toBe(6);
  });

  it("gets the whole again when a change was missed", async () => {
    const { stats, left } = live([whole(1000, 5), whole(9000, 50)]);
    await stats.reload();
    stats.receive(change(1, 2000, { sessions: 6 }));
    stats.receive(change(3, 4000, { sessions: 7 }));
    await expect.poll(() => stats.stats.value?.realms["a"]?.sessions).toBe(50);
    expect(left).toHaveLength(0);
  });
});

describe("EventLog", () => {
  it("keeps the last entries, shows them in batches, and waits while it is paused", () => {
    const due: (() => void)[] = [];
    const log = new EventLog<number>(3, (show) => due.push(show));
    for (let entry = 0; entry < 100; entry++) log.add(entry);
    expect(log.entries.value).toEqual([]);
    expect(due).toHaveLength(1);
    due.pop()!();
    expect(log.entries.value).toEqual([99, 98, 97]);
    expect(log.total.value).toBe(100);
    log.pause(true);
    log.add(100);
    due.pop()!();
    expect(log.entries.value).toEqual([99, 98, 97]);
    log.pause(false);
    expect(log.entries.value).toEqual([100, 99, 98]);
  });
});

describe("Selection", () => {
  it("is of some, or of everything", () => {
    const selection = new Selection();
    expect(selection.isEmpty.value).toBe(true);
    selection.toggle(1);
    selection.add([2, 3]);
    selection.toggle(1);
    expect([...selection.ids.value]).toEqual([2, 3]);
    selection.selectEverything();
    expect(selection.has(77)).toBe(true);
    selection.clear();
    expect(selection.isEmpty.value).toBe(true);
  });
});

describe("Notices", () => {
  it("tells the same trouble once, and takes what was done away after a while", () => {
    const due: (() => void)[] = [];
    const notices = new Notices((_ms, callback) => due.push(callback));
    notices.error("trouble");
    notices.error("trouble");
    notices.done("done");
    expect(notices.all.value.map(({ text }) => text)).toEqual(["trouble", "done"]);
    due.pop()!();
    expect(notices.all.value.map(({ text }) => text)).toEqual(["trouble"]);
    for (let index = 0; index < 9; index++) notices.error(`trouble ${index}`);
    expect(notices.all.value).toHaveLength(4);
  });
});

describe("Access", () => {
  const info = { realm: "kreuz.admin", webSocket: "/ws", methods: ["ticket"], development: true };

  /** A session whose state a test changes. */
  function session(token?: string) {
    let listener: (state: Session["state"], cause?: Error) => void = () => {};
    const fake = {
      state: "open",
      details: { authextra: token === undefined ? {} : { token } },
      onState: (added: typeof listener) => (listener = added),
      close: async () => listener("closed"),
    };
    return { fake, tell: (state: Session["state"], cause?: Error) => listener(state, cause) };
  }
  const access = (connect: () => Promise<object>): Access =>
    new Access({ fetchInfo: async () => info, connect: connect as () => Promise<Session> });

  it("logs in by the token of the link, and has the next one for a page that is loaded again", async () => {
    const { fake } = session("next");
    const open = access(async () => fake);
    await open.start("first");
    expect(open.state.value.phase).toBe("in");
    expect(open.token).toBe("next");
    await open.signOut();
    expect(open.token).toBeUndefined();
    expect(open.state.value).toEqual({ phase: "out", info });
  });

  it("says that a link is good once", async () => {
    const open = access(async () => {
      throw new ConnectError("wamp.error.authentication_denied", "no");
    });
    await open.start("used");
    expect(open.state.value).toMatchObject({ phase: "out", problem: expect.stringContaining("good once") });
  });

  it("has no token after a login by name", async () => {
    const { fake } = session();
    const open = access(async () => fake);
    await open.start(undefined);
    await open.signIn({ authid: "grace", secret: () => "secret" }, undefined);
    expect(open.state.value.phase).toBe("in");
    expect(open.token).toBeUndefined();
  });

  it("tells why the connection is lost while it is, and why the session has ended", async () => {
    const { fake, tell } = session();
    const open = access(async () => fake);
    await open.start(undefined);
    await open.signIn({ authid: "grace", secret: () => "secret" }, "ticket");
    tell("connecting", new Error("code 1006"));
    expect(open.lost.value).toBe("code 1006");
    tell("open");
    expect(open.lost.value).toBeUndefined();
    tell("closed", new SessionEndedError("wamp.close.killed", "killed"));
    expect(open.state.value).toMatchObject({ phase: "out", problem: "An operator closed your session." });
  });
});
