// `kreuz start` with workers: one router of several processes, whatever worker its clients come to.
import { setTimeout as delay } from "node:timers/promises";
import {
  ADMIN,
  DEFAULT_ADMIN_REALM,
  type Page,
  type RegistrationRow,
  type RouterState,
  type Stats,
} from "@kreuz/admin";
import { connect, ticket, type Session } from "@kreuz/client";
import { rawSocket, webSocket } from "@kreuz/client/node";
import type { WampError } from "@kreuz/codec";
import { afterEach, expect, test } from "vitest";
import { testTls } from "../../../packages/transport-node/src/testing/certificates.js";
import { Deferred } from "../support/deferred.js";
import { type LogLine, RouterProcess } from "../support/router-process.js";
import { inTime, until } from "../support/wait.js";

const CONFIG = `
workers: 2
realms:
  - name: realm1
    auth: { anonymous: { role: user } }
    roles:
      - name: user
        permissions: [{ uri: "", match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }]
    plugins: [{ package: "@kreuz/session-meta" }, { package: "@kreuz/registry-meta" }, { package: "@kreuz/testament" }]
transports:
  - { type: universal, port: 0 }
`;
const ADMIN_CONFIG = `
admin:
  port: 0
  auth: { ticket: { users: { olga: { ticket: secret, role: operator } } } }
`;

let router: RouterProcess | undefined;
const sessions: Session[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close().catch(() => {})));
  await router?.kill();
});

async function start(config: string, files: Readonly<Record<string, string>> = {}): Promise<RouterProcess> {
  router = await RouterProcess.start({ files: { "kreuz.yaml": config, ...files } });
  return router;
}

/** A session, without coming back when its worker ends. */
async function join(url = router!.url): Promise<Session> {
  const transport = url.startsWith("r") ? rawSocket(url) : webSocket(url);
  const session = await inTime("a session", connect({ transport, realm: "realm1", reconnect: false }));
  sessions.push(session);
  return session;
}

function workerOf(session: Session): string {
  const joined = router!.log.find(({ msg, session: id }) => msg === "session joined" && id === session.id);
  return String(joined?.["worker"]);
}

/** One session on each worker: connections are handed out in turn. */
async function joinBoth(): Promise<readonly [Session, Session]> {
  const first = await join();
  for (;;) {
    const second = await join();
    await until("the log", () => workerOf(first) !== "undefined" && workerOf(second) !== "undefined");
    if (workerOf(second) !== workerOf(first)) return [first, second];
  }
}

/** The process of the worker that has a session. */
function pidOf(session: Session): number {
  const { workers } = router!.log.find(({ msg }) => msg === "listening") as LogLine & { workers: readonly number[] };
  return workers[Number(workerOf(session).replace("worker-", "")) - 1]!;
}

async function value(session: Session, procedure: string, ...args: unknown[]): Promise<unknown> {
  return (await inTime(procedure, session.call(procedure, args))).value;
}

test("sessions of two workers call each other, get events, and count, list and kill each other", async () => {
  await start(CONFIG);
  const [one, two] = await joinBoth();
  await one.register("com.example.add", ({ args: [a, b] }) => Number(a) + Number(b));
  expect(await value(two, "com.example.add", 2, 3)).toBe(5);
  const heard: unknown[] = [];
  await two.subscribe("com.example.news", ({ args }) => void heard.push(args[0]));
  for (let number = 0; number < 100; number++) await one.publish("com.example.news", [number]);
  await until("all events", () => heard.length === 100);
  expect(heard).toEqual(Array.from({ length: 100 }, (_, number) => number));

  const all = [one, two].map(({ id }) => id);
  const listed = (await value(one, "wamp.session.list")) as readonly number[];
  expect(listed).toEqual(expect.arrayContaining(all));
  expect(await value(two, "wamp.session.count")).toBe(listed.length);
  await value(one, "wamp.session.kill", two.id);
  await until("the end of the session", () => two.state !== "open");
  expect(await value(one, "wamp.session.count")).toBe(listed.length - 1);
  // Each has its lines in the log once.
  const joined = router!.log.filter(({ msg }) => msg === "session joined").map(({ session }) => session);
  expect(joined.toSorted()).toEqual([...sessions.map(({ id }) => id)].toSorted());
  expect(router!.errors).toEqual([]);
  expect(await router!.stop()).toBe(0);
});

test("every transport of the config is served by every worker", async () => {
  const { server, ca } = testTls();
  const files = { "key.pem": String(server.key), "cert.pem": String(server.cert) };
  await start(
    `${CONFIG}
  - { type: rawsocket, port: 0 }
  - { type: websocket, port: 0, tls: { key: key.pem, cert: cert.pem } }
  - { type: rawsocket, unix: { path: ./kreuz.sock, mode: 0o600 } }
`,
    files,
  );
  expect(router!.urls).toHaveLength(4);
  for (const url of router!.urls) {
    const workers = new Set<string>();
    while (workers.size < 2) {
      const transport = url.startsWith("r")
        ? rawSocket(url)
        : webSocket(url, url.startsWith("wss") ? { tls: { ca } } : {});
      const session = await connect({ transport, realm: "realm1", reconnect: false });
      sessions.push(session);
      await until("the log", () => workerOf(session) !== "undefined");
      workers.add(workerOf(session));
    }
  }
  expect(await router!.stop()).toBe(0);
  expect(router!.errors).toEqual([]);
});

test("2,000 times, what was registered or subscribed on one worker is found from the other one at once", async () => {
  await start(CONFIG);
  const [one, two] = await joinBoth();
  let missed = 0;
  for (let round = 0; round < 1000; round++) {
    const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
    const registration = await here.register(`com.example.p${round}`, () => round);
    if ((await value(there, `com.example.p${round}`).catch(() => undefined)) !== round) missed++;
    await registration.unregister();
  }
  const heard = new Set<number>();
  for (let round = 0; round < 1000; round++) {
    const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
    await here.subscribe(`com.example.t${round}`, () => void heard.add(round));
    await there.publish(`com.example.t${round}`, [], { acknowledge: true });
  }
  await until("the events", () => heard.size === 1000);
  expect(missed).toBe(0);
});

test("of sessions on two workers that register one procedure at the same time, one succeeds", async () => {
  await start(CONFIG);
  const both = await joinBoth();
  for (let round = 0; round < 50; round++) {
    const racing = both.map((session) => session.register(`com.example.race${round}`, () => session.id));
    const outcomes = await Promise.allSettled(racing);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const lost = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect((lost.reason as WampError).uri).toBe("wamp.error.procedure_already_exists");
  }
});

test("a worker that is killed: its sessions leave, once for each subscriber, what it had is free, and a new one serves", async () => {
  await start(CONFIG);
  const [one, two] = await joinBoth();
  const left: unknown[] = [];
  await one.subscribe("wamp.session.on_leave", ({ args }) => void left.push(args[0]));
  const testament: unknown[] = [];
  await one.subscribe("com.example.gone", ({ args }) => void testament.push(args[0]));
  await value(two, "wamp.session.add_testament", "com.example.gone", ["farewell"], {});
  await two.register("com.example.where", () => "there");
  await two.register("com.example.never", () => new Promise<never>(() => {}));
  const pending = one.call("com.example.never").catch((error: unknown) => (error as WampError).uri);
  process.kill(pidOf(two), "SIGKILL");
  expect(await inTime("the end of the call", pending)).toBe("wamp.error.network_failure");
  await until("on_leave", () => left.includes(two.id));
  await until("the testament", () => testament.length === 1);
  expect(await value(one, "wamp.session.count")).toBeGreaterThan(0);
  await one.register("com.example.where", () => "here");
  await until("the new worker", () => router!.log.some(({ msg }) => msg === "the worker serves again"));
  const [third, fourth] = [await join(), await join()];
  expect([await value(third, "com.example.where"), await value(fourth, "com.example.where")]).toEqual(["here", "here"]);
  await delay(100);
  expect(left.filter((id) => id === two.id)).toHaveLength(1);
  const ended = router!.log.filter(({ level }) => level === "error");
  expect(ended).toMatchObject([
    { worker: workerOf(two), signal: "SIGKILL", msg: expect.stringContaining("has ended") },
  ]);
  expect(await router!.stop()).toBe(0);
});

test("a stop lets calls between workers be answered, and says the farewell of the config to all sessions", async () => {
  await start(`${CONFIG}\nshutdown: { farewell: goodbye, graceMs: 20000, timeoutMs: 30000 }`);
  const both = await joinBoth();
  const { answer, result } = await callAcross(...both);
  router!.signal("SIGTERM");
  await until("the stop", () => router!.log.some(({ msg }) => msg === "stopping"));
  await delay(200);
  answer.resolve("answered");
  expect(await inTime("the answer", result)).toBe("answered");
  expect(await inTime("the end", router!.exited)).toBe(0);
  const left = router!.log.filter(({ msg }) => msg === "session left");
  expect(left.map(({ reason }) => reason)).toEqual(sessions.map(() => "wamp.close.system_shutdown"));
  expect(router!.errors).toEqual([]);
});

test("a second signal ends all workers at once", async () => {
  await start(`${CONFIG}\nshutdown: { graceMs: 20000, timeoutMs: 30000 }`);
  const both = await joinBoth();
  const pids = both.map(pidOf);
  const { result } = await callAcross(...both);
  result.catch(() => {});
  router!.signal("SIGTERM");
  await until("the stop", () => router!.log.some(({ msg }) => msg === "stopping"));
  // Sooner it would be taken for an echo of the first.
  await delay(400);
  router!.signal("SIGTERM");
  expect(await inTime("the end", router!.exited)).toBe(143);
  await until("the end of the workers", () => pids.every((pid) => !isAlive(pid)));
});

test("a first process that is killed takes the workers with it", async () => {
  await start(CONFIG);
  const pids = (await joinBoth()).map(pidOf);
  await router!.kill();
  await until("the end of the workers", () => pids.every((pid) => !isAlive(pid)));
});

test("all workers that are killed at once come back at the same port", async () => {
  await start(CONFIG);
  const both = await joinBoth();
  for (const pid of both.map(pidOf)) process.kill(pid, "SIGKILL");
  const back = (): boolean => router!.log.filter(({ msg }) => msg === "the worker serves again").length === 2;
  await until("the new workers", back);
  const again = await join();
  await again.register("com.example.again", () => "again");
  expect(await value(await join(), "com.example.again")).toBe("again");
  expect(await router!.stop()).toBe(0);
});

test("a drain sends the clients of all workers away, and says when it is over", async () => {
  await start(`${CONFIG}${ADMIN_CONFIG}\ndrain: { graceMs: 100, spreadMs: 100 }`);
  const admin = String(router!.log.find(({ msg }) => msg === "listening")?.["admin"]);
  const both = await joinBoth();
  router!.signal("SIGUSR2");
  await until("the end of the sessions", () => both.every(({ state }) => state !== "open"));
  const state = async (): Promise<unknown> => (await fetch(`${admin}/readyz`)).json();
  await until("the end of the drain", async () => JSON.stringify(await state()).includes("drained"));
  expect(await state()).toEqual({ ready: false, because: ["drained"] });
  expect(await router!.stop()).toBe(0);
  expect(router!.errors).toEqual([]);
});

test("what is wrong with the start of the workers is said once", async () => {
  await start(CONFIG);
  const { port } = new URL(router!.url);
  const again = RouterProcess.start({ files: { "kreuz.yaml": CONFIG }, port: Number(port) });
  await expect(again).rejects.toThrow(/^the router ended while it started: kreuz: cannot listen on .*\n$/);
});

test("a reload applies in all workers, or in none", async () => {
  await start(CONFIG);
  const both = await joinBoth();
  const denied = CONFIG.replace('uri: "", match: prefix', "uri: com.example., match: prefix");
  router!.write("kreuz.yaml", denied);
  router!.signal("SIGHUP");
  await until("the reload", () => router!.log.some(({ msg }) => msg === "config reloaded"));
  for (const session of both)
    await expect(session.call("wamp.session.count")).rejects.toMatchObject({ uri: "wamp.error.not_authorized" });
  router!.write("kreuz.yaml", CONFIG.replace("anonymous: { role: user }", "ticket: { file: missing.txt }"));
  router!.signal("SIGHUP");
  await until("the refusal", () => router!.log.some(({ msg }) => msg.startsWith("config not reloaded")));
  for (const session of both)
    await expect(session.call("wamp.session.count")).rejects.toMatchObject({ uri: "wamp.error.not_authorized" });
  expect(router!.errors).toHaveLength(1);
});

test("a reload that one worker alone refuses applies in none, and the next one in all", async () => {
  // What is wrong with one machine's worker only, such as a file that went away meanwhile.
  const picky = `export const picky = ({ wrong }) => {
    if (wrong && process.env.KREUZ_WORKER === "2") throw new Error("no such disk");
    return { name: "picky", setup() {} };
  };`;
  const plugin = (wrong: boolean): string => `plugins: [{ package: ./picky.mjs, options: { wrong: ${wrong} } }, `;
  const withPicky = (wrong: boolean): string => CONFIG.replace("plugins: [", plugin(wrong));
  const denied = (wrong: boolean): string =>
    withPicky(wrong).replace('uri: "", match: prefix', "uri: com.example., match: prefix");
  await start(withPicky(false), { "picky.mjs": picky });
  const both = await joinBoth();
  const counts = (session: Session): Promise<unknown> =>
    value(session, "wamp.session.count").catch((error: unknown) => (error as WampError).uri);
  router!.write("kreuz.yaml", denied(true));
  router!.signal("SIGHUP");
  await until("the refusal", () => router!.log.some(({ msg }) => msg.startsWith("config not reloaded")));
  expect(router!.errors).toHaveLength(1);
  expect(router!.errors[0]).toContain("no such disk");
  for (const session of both) expect(await counts(session)).toEqual(expect.any(Number));
  router!.write("kreuz.yaml", denied(false));
  router!.signal("SIGHUP");
  await until("the reload", () => router!.log.some(({ msg }) => msg === "config reloaded"));
  for (const session of both) expect(await counts(session)).toBe("wamp.error.not_authorized");
  expect(router!.errors).toHaveLength(1);
  expect(await router!.stop()).toBe(0);
});

test("the admin listener answers for all workers, and lets operators in", async () => {
  await start(CONFIG + ADMIN_CONFIG);
  const admin = String(router!.log.find(({ msg }) => msg === "listening")?.["admin"]);
  const both = await joinBoth();
  const others = sessions.length;
  expect(await (await fetch(`${admin}/readyz`)).json()).toEqual({ ready: true, because: [] });
  const joined = async (): Promise<number> => {
    const text = await (await fetch(`${admin}/metrics`)).text();
    return Number(/^kreuz_sessions_joined_total\{realm="realm1",method="anonymous"\} (\d+)$/m.exec(text)?.[1]);
  };
  expect(await joined()).toBe(others);
  const operator = await connect({
    transport: webSocket(`${admin.replace("http", "ws")}/ws`),
    realm: DEFAULT_ADMIN_REALM,
    auth: [ticket("olga", "secret")],
    reconnect: false,
  });
  sessions.push(operator);
  const state = (await value(operator, ADMIN.getRouter)) as RouterState;
  expect(state).toMatchObject({ ready: true, host: expect.stringContaining("(worker-1 of 2)") });
  // Whatever worker serves the operator, the numbers of all are shown, and their sessions and procedures.
  expect(state.nodes?.map(({ name }) => name)).toEqual(["worker-1", "worker-2"]);
  const stats = (await value(operator, ADMIN.getStats, "realm1")) as Stats;
  expect(stats.realms["realm1"]?.sessions).toBe(others);
  expect(stats.nodes?.map(({ node }) => node)).toEqual(["worker-1", "worker-2"]);
  for (const session of both) await session.register("com.example.both", () => 1, { invoke: "roundrobin" });
  const procedures = (await operator.call(ADMIN.getRegistrations, { args: ["realm1"], kwargs: { uri: "both" } }))
    .value as Page<RegistrationRow>;
  expect(procedures.items).toMatchObject([{ uri: "com.example.both", callees: 2 }]);
  const page = (await value(operator, ADMIN.getSessions, "realm1")) as { items: readonly { session: number }[] };
  expect(page.items.map(({ session }) => session)).toEqual(expect.arrayContaining(both.map(({ id }) => id)));
  await operator.call(ADMIN.kill, { args: ["realm1"], kwargs: { sessions: both.map(({ id }) => id) } });
  await until("the end of both sessions", () => both.every(({ state }) => state !== "open"));
  process.kill(pidOf(both[1]), "SIGKILL");
  await until("the new worker", () => router!.log.some(({ msg }) => msg === "the worker serves again"));
  // What was counted stays.
  expect(await joined()).toBe(others);
  const restarts = (await (await fetch(`${admin}/metrics`)).text()).match(/^kreuz_worker_restarts_total.*$/gm);
  const ended = workerOf(both[1]);
  expect(restarts).toEqual(
    ["worker-1", "worker-2"].map((name) => `kreuz_worker_restarts_total{worker="${name}"} ${name === ended ? 1 : 0}`),
  );
});

/** A call from the second session to the first, which is answered when the test wants. */
async function callAcross(callee: Session, caller: Session) {
  const [answer, invoked] = [new Deferred<string>(), new Deferred<void>()];
  await callee.register("com.example.slow", () => {
    invoked.resolve();
    return answer.promise;
  });
  const result = value(caller, "com.example.slow");
  await inTime("the invocation", Promise.race([invoked.promise, result]));
  return { answer, result };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
