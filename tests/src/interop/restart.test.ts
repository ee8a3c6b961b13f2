// What a router's restart means to real clients with the settings that they have by default.
import * as autobahn from "autobahn";
import { WebSocket } from "ws";
import { Wampy } from "wampy";
import { afterEach, expect, test } from "vitest";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;

// It writes about every connection that closes.
autobahn.log.warn = () => {};

let router: RouterProcess | undefined;
const closes: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closes.splice(0)) await close();
  await router?.kill();
});

test("after SIGTERM and a new start, Autobahn|JS and Wampy are back by themselves", async () => {
  router = await RouterProcess.start();
  const { url } = router;
  const joins = { autobahn: openAutobahn(url), wampy: openWampy(url) };
  await until("both clients to join", () => joins.autobahn() === 1 && joins.wampy() === 1);
  router.signal("SIGTERM");
  expect(await router.exited).toBe(0);
  expect(router.errors).toEqual([]);
  router = await RouterProcess.start({ port: Number(new URL(url).port) });
  await until("both clients to join again", () => joins.autobahn() === 2 && joins.wampy() === 2);
});

/** @returns how often it has joined. */
function openAutobahn(url: string): () => number {
  let joined = 0;
  const connection = new autobahn.Connection({ url, realm: "realm1" });
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a property of Autobahn, not an event
  connection.onopen = () => joined++;
  connection.open();
  closes.push(() => connection.close());
  return () => joined;
}

/** @returns how often it has joined. */
function openWampy(url: string): () => number {
  let joined = 0;
  // On Node it has no WebSocket of its own.
  const ws = WebSocket as unknown as NonNullable<WampyOptions["ws"]>;
  const client = new Wampy(url, { realm: "realm1", ws, onReconnectSuccess: () => void joined++ });
  void client.connect().then(() => joined++);
  closes.push(() => client.disconnect());
  return () => joined;
}
