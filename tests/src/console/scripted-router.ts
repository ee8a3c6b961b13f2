// A router whose management realm answers as the contract says, from a script: for the looks of the console, and for answers that a
// real router gives only in trouble.
import {
  ADMIN,
  ADMIN_TOPICS,
  type AdminProcedures,
  type PageQuery,
  type SessionQuery,
  type SessionRow,
  type StatsChange,
} from "@kreuz/admin/contract";
import { ticket, TicketAccounts } from "@kreuz/auth";
import { allowAll, createRouter, type LocalSession, type Router } from "@kreuz/router";
import type { TransportListener } from "@kreuz/transport-node";
import { serveConsole } from "./console-server.js";
import {
  chance,
  makeLog,
  makeProcedures,
  makeRouterState,
  makeSessions,
  makeTopics,
  NOW,
  ScriptedStats,
} from "./scripted-data.js";

const REALM = "kreuz.admin";
const SEED = 20_261_125;

type Uri = keyof AdminProcedures;
type Answer<P extends Uri> = (
  args: AdminProcedures[P]["args"],
  kwargs: AdminProcedures[P]["kwargs"],
) => AdminProcedures[P]["result"];

/** The console, with a made-up router behind it. */
export class ScriptedRouter {
  readonly #router: Router;
  readonly #listener: TransportListener;
  readonly #session: LocalSession;
  readonly #stats: ScriptedStats;
  #sequence = 0;

  /**
   * @param sessions - how many the realm `com.shop` has.
   * @param nodes - those of its cluster, if it is in one.
   */
  static async start(sessions: number, nodes: readonly string[] = []): Promise<ScriptedRouter> {
    const accounts = new TicketAccounts({
      grace: { authrole: "operator", ticket: "grace-ticket" },
      vera: { authrole: "viewer", ticket: "vera-ticket" },
    });
    const router = await createRouter({
      realms: [{ uri: REALM, authorizer: allowAll, authenticators: [ticket({ store: accounts })] }],
    });
    const scripted = new ScriptedRouter(router, await serveConsole(router, REALM), sessions, nodes);
    await scripted.#register(sessions, nodes);
    return scripted;
  }

  private constructor(router: Router, listener: TransportListener, sessions: number, nodes: readonly string[]) {
    this.#router = router;
    this.#listener = listener;
    this.#session = router.connect(REALM);
    this.#stats = new ScriptedStats(sessions, NOW - 600_000, chance(SEED), nodes);
  }

  /** Where the page is. */
  get url(): string {
    return this.#listener.url.replace(/^ws/, "http").replace(/\/ws$/, "/");
  }

  /** Lets seconds go by, as fast as the page can take them. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      const change: StatsChange = { ...this.#stats.step(), sequence: ++this.#sequence };
      await this.#session.publish(ADMIN_TOPICS.stats, [change]);
      if (second % 20 === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    await this.#router.close();
    await this.#listener.close();
  }

  async #answer<P extends Uri>(uri: P, answer: Answer<P>): Promise<void> {
    await this.#session.register(uri, ({ args, kwargs }) => answer(args as never, kwargs as never));
  }

  async #register(count: number, nodes: readonly string[]): Promise<void> {
    const sessions = makeSessions(count, chance(SEED), nodes);
    const [topics, procedures] = [makeTopics(), makeProcedures()];
    const state = makeRouterState(count, nodes);
    const held = { total: 3, items: topics.slice(0, 3) };
    await this.#answer(ADMIN.getRouter, () => state);
    await this.#answer(ADMIN.getStats, () => this.#stats.now);
    await this.#answer(ADMIN.getLog, makeLog);
    await this.#answer(ADMIN.getSessions, (_args, query) => pageOf(sessions, matching(sessions, query), query));
    await this.#answer(ADMIN.getSession, ([realm, id]) => ({
      ...(sessions.find(({ session }) => session === id) ?? sessions[0]!),
      realm,
      protocol: "wamp.2.json",
      subscriptions: held,
      registrations: { total: 0, items: [] },
    }));
    await this.#answer(ADMIN.getSubscriptions, (_args, query) => pageOf(topics, topics, query));
    await this.#answer(ADMIN.getSubscription, ([, id]) => ({
      ...topics.find((topic) => topic.id === id)!,
      members: { total: 3, items: sessions.slice(0, 3) },
    }));
    await this.#answer(ADMIN.getRegistrations, (_args, query) => pageOf(procedures, procedures, query));
    await this.#answer(ADMIN.getRegistration, ([, id]) => ({
      ...procedures.find((procedure) => procedure.id === id)!,
      members: { total: 2, items: sessions.slice(0, 2) },
    }));
    await this.#answer(ADMIN.kill, (_args, { sessions: ids = [], all }) => ({
      count: all === true ? sessions.length : ids.length,
      sessions: ids,
    }));
    await this.#registerActions();
  }

  async #registerActions(): Promise<void> {
    await this.#session.register(ADMIN.call, async function* () {
      for (const done of [20, 60, 100]) yield { done, of: 100 };
      return { total: 84.5, currency: "EUR", items: [{ sku: "K-4711", quantity: 2, price: 42.25 }] };
    });
    let tail = 0;
    await this.#answer(ADMIN.tail, ([, topic]) => {
      const id = ++tail;
      setTimeout(() => void this.#publishEvents(id, topic), 200);
      return { tail: id, topic: `${ADMIN_TOPICS.tail}${id}` };
    });
    await this.#answer(ADMIN.untail, () => null);
  }

  async #publishEvents(tail: number, prefix: string): Promise<void> {
    const next = chance(tail);
    for (let event = 0; event < 40; event++) {
      const payload = { order: 70_311 + event, total: Math.round(next() * 20_000) / 100, items: 1 + (event % 4) };
      const topic = `${prefix}${next() < 0.6 ? "placed" : "paid"}`;
      const details = { topic, publisher_authid: "billing-3" };
      const told = { at: NOW + event * 137, topic, publication: 880_000_123 + event, details, args: [payload] };
      await this.#session.publish(`${ADMIN_TOPICS.tail}${tail}`, [{ ...told, skipped: event % 10 === 9 ? 14 : 0 }]);
    }
  }
}

const SORT_KEYS = {
  joined: "joined",
  authid: "authid",
  active: "active",
  in: "messagesIn",
  out: "messagesOut",
  dropped: "eventsDropped",
  buffered: "bufferedBytes",
} as const;

function matching(sessions: readonly SessionRow[], query: SessionQuery): SessionRow[] {
  const { text = "", authrole, slow, sort = "joined", desc = false } = query;
  const key = SORT_KEYS[sort];
  return sessions
    .filter(
      (each) =>
        `${each.authid} ${each.peer} ${each.session}`.includes(text.toLowerCase()) &&
        (authrole === undefined || each.authrole === authrole) &&
        (slow === undefined || each.slow === slow),
    )
    .toSorted((one, other) => (one[key] < other[key] ? -1 : 1) * (desc ? -1 : 1));
}

function pageOf<Row>(all: readonly Row[], matched: readonly Row[], { limit = 100, after = "0" }: PageQuery<string>) {
  const end = Number(after) + limit;
  const items = matched.slice(Number(after), end);
  return { total: all.length, matched: matched.length, items, ...(end < matched.length && { next: String(end) }) };
}
