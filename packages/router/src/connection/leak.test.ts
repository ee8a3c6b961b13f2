import { Budget, MessageType as M, WampError, type Acceptor, type MatchPolicy, type Message } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import fc from "fast-check";
import { expect, it } from "vitest";
import { allowAll } from "../auth/authorizer.js";
import { ClientConnection } from "./client-connection.js";
import { DEFAULT_LIMITS } from "../limits.js";
import { silentLogger } from "../logger.js";
import { CounterMetrics } from "../metrics.js";
import { CryptoRandom } from "../random.js";
import { Realm } from "../realm/realm.js";
import type { RouterServices } from "./router-services.js";
import { RealmStats } from "../stats/realm-stats.js";
import type { Session } from "../session/session.js";

const REALM = "com.example.realm";
const CYCLES = 1000;
const AT_ONCE = 12;

/** A realm whose inside can be looked at, with the connections of a router. */
async function openInside(faults: string[]): Promise<{
  realm: Realm;
  services: RouterServices;
  clock: FakeClock;
  acceptor: Acceptor;
}> {
  const clock = new FakeClock();
  const realms = new Map<string, Realm>();
  const services: RouterServices = {
    realms,
    connections: new Set(),
    budget: new Budget(),
    clock,
    random: new CryptoRandom(),
    limits: DEFAULT_LIMITS,
    logger: { ...silentLogger, error: (_fields, message) => void faults.push(message) },
    metrics: new CounterMetrics(),
    stats: new RealmStats([]),
    slowConsumer: "drop",
    strictRequestIds: false,
    strictProgressiveResults: false,
    strictProgressiveInvocations: false,
    agent: "test",
  };
  const realm = new Realm({ uri: REALM, authorizer: allowAll }, services, "loose");
  await realm.open();
  realms.set(REALM, realm);
  const acceptor: Acceptor = {
    accept(connection) {
      const client = new ClientConnection(connection, services);
      services.connections.add(client);
      return client;
    },
  };
  return { realm, services, clock, acceptor };
}

type Die = (sides: number) => number;

const uri = (die: Die): string => Array.from({ length: 1 + die(4) }, () => "abc".charAt(die(3))).join(".");
const match = (die: Die): MatchPolicy => (["exact", "prefix", "wildcard"] as const)[die(3)] ?? "exact";

/** One thing that a client of any quality does. */
function act(client: WireSession, die: Die): void {
  const request = client.nextRequest();
  switch (die(12)) {
    case 0:
    case 1:
      return client.send({
        type: M.SUBSCRIBE,
        request,
        options: { match: match(die), get_retained: die(2) === 0 },
        topic: uri(die),
      });
    case 2:
    case 3:
      return client.send({
        type: M.REGISTER,
        request,
        options: { match: match(die), invoke: die(2) === 0 ? "single" : "roundrobin", concurrency: die(3) },
        procedure: uri(die),
      });
    case 4:
      return client.send({ type: M.UNSUBSCRIBE, request, subscription: 1 + die(50) });
    case 5:
      return client.send({ type: M.UNREGISTER, request, registration: 1 + die(50) });
    case 6:
    case 7:
    case 8:
      return client.send({
        type: M.CALL,
        request,
        options: { timeout: die(3) * 1000 },
        procedure: uri(die),
        payload: {},
      });
    case 9:
      return client.send({ type: M.CANCEL, request: 1 + die(request), options: {} });
    default:
      return client.send({
        type: M.PUBLISH,
        request,
        options: { exclude_me: die(2) === 0 },
        topic: uri(die),
        payload: {},
      });
  }
}

/** Answers what has arrived, most of the time. */
function answer(client: WireSession, message: Message | Error | undefined, die: Die): void {
  if (message === undefined || message instanceof Error || message.type !== M.INVOCATION || die(4) === 0) return;
  if (die(3) === 0) client.fail(message.request, "com.example.error");
  else client.yield(message.request, {}, { progress: die(4) === 0 });
}

function end(client: WireSession, realm: Realm, die: Die): void {
  switch (die(5)) {
    case 0:
      return client.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.normal" });
    case 1:
      return client.send({ type: M.ABORT, details: {}, reason: "com.example.enough", payload: {} });
    case 2:
      return client.sendFrame(Uint8Array.of(1));
    case 3:
      return void realm.sessions.kill(client.id, { reason: "com.example.out" });
    default:
      return client.disconnect();
  }
}

/** A session in the process that does a little of everything and leaves, at once or when its calls are answered. */
function passThrough(realm: Realm, die: Die): void {
  const session = realm.connect();
  const calls: Promise<unknown>[] = [];
  const refused = (error: unknown): void => {
    if (!(error instanceof WampError)) throw error;
  };
  void session.subscribe(uri(die), () => {}, { match: match(die) }).catch(refused);
  const handler = () => (die(2) === 0 ? 1 : Promise.reject(new WampError("com.example.error")));
  void session.register(uri(die), handler, { match: match(die), invoke: "roundrobin" }).catch(refused);
  for (let count = die(4); count > 0; count--) calls.push(session.call(uri(die), {}, { timeout: 500 }).catch(() => {}));
  session.publish(uri(die));
  if (die(2) === 0) session.leave();
  else void Promise.race(calls).then(() => session.leave());
  if (calls.length === 0) session.leave();
}

it("leaves nothing behind after a thousand clients came, did anything, and went in every way there is", async () => {
  const faults: string[] = [];
  const { realm, services, clock, acceptor } = await openInside(faults);
  const [seed] = fc.sample(fc.integer({ min: 1, max: 2 ** 31 - 1 }), 1);
  let state = seed!;
  // xorshift32: a failure can be repeated with the seed that it shows.
  const die: Die = (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
  const all = new Set<Session>();
  const clients: WireSession[] = [];
  let busiest = 0;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const client = new WireSession();
    connectMemory(acceptor, client, { codec: json, clock });
    clients.push(client);
    if (die(20) > 0) await client.join(REALM);
    for (const session of realm.sessions) all.add(session);
    for (const present of clients.slice(-AT_ONCE))
      for (let count = die(4); count > 0; count--) {
        act(present, die);
        answer(present, present.unread.at(-1), die);
      }
    if (die(4) === 0) passThrough(realm, die);
    if (cycle % 10 === 0) await settle(1);
    clock.advance(die(100));
    busiest = Math.max(busiest, realm.dealer.registrations.byId.size);
    if (clients.length >= AT_ONCE) end(clients[clients.length - AT_ONCE]!, realm, die);
  }
  expect(busiest, `seed ${seed}`).toBeGreaterThan(5);
  expect(services.budget.bytes, `seed ${seed}`).toBeGreaterThan(1000);
  expect(all.size, `seed ${seed}`).toBeGreaterThan(CYCLES / 2);

  for (const client of clients) client.disconnect();
  await settle();
  clock.advance(1000);
  await settle();
  const { subscriptions } = realm.broker;
  const { registrations } = realm.dealer;
  expect({
    connections: services.connections.size,
    timers: clock.pending,
    charged: [services.budget.bytes, services.budget.pieces, services.budget.clients],
    sessions: realm.sessions.size,
    byAuthrole: realm.sessions.count({ authroles: ["anonymous"] }),
    subscriptions: [subscriptions.byId.size, subscriptions.index.size],
    registrations: [registrations.byId.size, registrations.index.size],
    counts: realm.counts,
    faults,
    seed,
  }).toEqual({
    connections: 0,
    timers: 0,
    charged: [0, 0, 0],
    sessions: 0,
    byAuthrole: 0,
    subscriptions: [0, 0],
    registrations: [0, 0],
    counts: {
      sessions: 0,
      localSessions: 0,
      subscriptions: 0,
      registrations: 0,
      pendingCalls: 0,
      waitingCalls: 0,
      holders: 0,
      retainedTopics: 0,
    },
    faults: [],
    seed,
  });
}, 30_000);
