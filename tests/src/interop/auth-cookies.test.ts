// Tests logging in by cookie over real WebSockets, with cookies sent and kept as a browser does.
import { cookieAuthentication, cookieJar, MemoryCookieStore, ticket, TicketAccounts } from "@kreuz/auth";
import { json } from "@kreuz/codec/json";
import { allowAll, anonymous, createRouter, type Router } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenWebSocket, type TransportListener } from "@kreuz/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { inTime } from "../support/wait.js";

const REALM = "com.example.realm";
let router: Router;
let listener: TransportListener;

beforeAll(async () => {
  const store = new MemoryCookieStore();
  const cookies = cookieAuthentication(store);
  const tickets = ticket({ store: new TicketAccounts({ joe: { authrole: "user", ticket: "secret" } }) });
  router = await createRouter({
    realms: [
      {
        uri: REALM,
        authorizer: allowAll,
        authenticators: [cookies.authenticator, cookies.remember(tickets), anonymous()],
        plugins: [cookies.plugin, sessionMeta()],
      },
    ],
  });
  listener = await listenWebSocket(router, { codecs: [json], port: 0, cookies: cookieJar({ store }) });
});

afterAll(async () => {
  await router.close();
  await listener.close();
});

/** A page in a browser, with the browser's cookies. */
class Page {
  readonly #cookies: Map<string, string>;
  #socket: WebSocket | undefined;

  constructor(cookies: Readonly<Record<string, string>> = {}) {
    this.#cookies = new Map(Object.entries(cookies));
  }

  get cookie(): string | undefined {
    return this.#cookies.get("kreuz");
  }

  /** Joins by cookie if it has one, otherwise by ticket. @returns the method that was used, and the session. */
  visit(): Promise<{ authmethod: unknown; session: number }> {
    const cookie = Array.from(this.#cookies, (pair) => pair.join("=")).join("; ");
    const headers = cookie === "" ? {} : { cookie };
    const socket = new WebSocket(listener.url, ["wamp.2.json"], { headers });
    this.#socket = socket;
    const send = (message: unknown): void => socket.send(JSON.stringify(message));
    socket.on("upgrade", ({ headers: { "set-cookie": [set] = [] } }) => {
      const [, name, value] = /^([^=]+)=([^;]+)/.exec(set ?? "") ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    });
    socket.on("open", () =>
      send([1, REALM, { roles: { caller: {} }, authmethods: ["cookie", "ticket"], authid: "joe" }]),
    );
    const joined = new Promise<{ authmethod: unknown; session: number }>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (data: Buffer) => {
        const [type, session, details] = JSON.parse(data.toString()) as [number, number, Record<string, unknown>];
        if (type === 4) send([5, "secret", {}]);
        if (type === 2) resolve({ authmethod: details["authmethod"], session });
      });
    });
    return inTime("the page to join", joined);
  }

  leave(): void {
    this.#socket?.terminate();
  }
}

test("a browser joins by cookie from the second time on, until its session is killed", async () => {
  const page = new Page();
  expect((await page.visit()).authmethod).toBe("ticket");
  page.leave();
  expect((await page.visit()).authmethod).toBe("cookie");
  page.leave();
  const { session, authmethod } = await page.visit();
  expect(authmethod).toBe("cookie");
  await router.connect(REALM).call("wamp.session.kill", { args: [session] });
  page.leave();
  expect((await page.visit()).authmethod).toBe("ticket");
  page.leave();
});

test("each browser gets its own cookie", async () => {
  const [mine, theirs] = [new Page(), new Page({ kreuz: "0123456789abcdef" })];
  await mine.visit();
  expect((await theirs.visit()).authmethod).toBe("ticket");
  expect(theirs.cookie).not.toBe(mine.cookie);
  expect(theirs.cookie).not.toBe("0123456789abcdef");
  mine.leave();
  theirs.leave();
});
