import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { outboxLimitsOf, systemClock } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { transportContract } from "@kreuz/testkit";
import { configFrom, startRouter } from "kreuz";
import { LineConnection } from "./line-connection.js";
import { defaults, lines } from "./lines.js";

describe("the contract of transports", () => {
  const close = [];
  const harness = {
    codec: json,
    tellsStatus: false,
    keepsAccounts: true,
    waitOptions: { turns: 20_000 },
    async connect(server, client, { outbox, ...given }) {
      const settings = { clock: systemClock, onLimit() {}, onError() {}, ...given, outbox: outboxLimitsOf(outbox) };
      let accepted;
      const accepting = new Promise((resolve) => (accepted = resolve));
      const listener = await lines({ port: 0 }).listen(
        { accept: (connection) => (accepted(), server.accept(connection)) },
        { codecs: [json], ...settings },
      );
      const socket = connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
      close.push(() => (socket.destroy(), listener.close()));
      await once(socket, "connect");
      const { budget: _, ...ofClient } = settings;
      new LineConnection(socket, json, { ...defaults(), ...ofClient }).admit(client);
      await accepting;
    },
    async dispose() {
      await Promise.all(close.splice(0).map((each) => each()));
    },
  };
  for (const { name, run } of transportContract(harness)) test(name, run);
});

test("a client of the router needs no more than a socket", async (t) => {
  const realm = {
    name: "realm1",
    auth: { anonymous: { role: "guest" } },
    roles: [{ name: "guest", permissions: [{ uri: "com.example", match: "prefix", allow: { subscribe: true } }] }],
  };
  const transports = [{ package: "./lines.js", options: { port: 0 } }];
  const router = await startRouter(configFrom({ realms: [realm], transports }));
  t.after(() => router.stop());
  const socket = connect(router.endpoints[0].port, "127.0.0.1");
  t.after(() => socket.destroy());
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.write('[1,"realm1",{"roles":{"subscriber":{}}}]\n\n[32,1,{},\t"com.example.news"]\n');
  assert.equal(JSON.parse((await answers.next()).value)[0], 2);
  assert.equal(JSON.parse((await answers.next()).value)[0], 33);
});

test("newlines between the values of a payload stay out of the line", async () => {
  const written = [];
  const socket = {
    on() {},
    cork() {},
    uncork() {},
    write: (bytes) => void written.push(Buffer.from(bytes).toString()),
  };
  const settings = { clock: systemClock, onLimit() {}, onError() {}, ...defaults() };
  new LineConnection(socket, json, settings).send(Buffer.from("[36,1,2,{},[1,\n2]]"));
  assert.equal(written.join(""), "[36,1,2,{},[1, 2]]\n");
});
