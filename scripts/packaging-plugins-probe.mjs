// Runs in the test project of packaging-plugins.mjs: starts the app with an extension of every kind, and is their client.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";

const [port, linesPort] = [await freePort(), await freePort()];
const env = { ...process.env, PORT: String(port), LINES_PORT: String(linesPort), JOE_SECRET: "a secret" };
const kreuz = ["node_modules/kreuz/bin/kreuz.js", "start", "--config", "extensions.yaml"];
const app = spawn(process.execPath, kreuz, { env, stdio: ["ignore", "pipe", "pipe"] });
let output = "";
for (const stream of [app.stdout, app.stderr]) stream.on("data", (chunk) => (output += chunk));
const ended = once(app, "close");
const deadline = setTimeout(() => app.kill("SIGKILL"), 60_000);

try {
  const ann = await whenStarted(() => join());
  await seen(ann);
  app.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null], "SIGTERM did not end the app in order");
} catch (error) {
  process.stderr.write(`${error.stack}\n${output}`);
  process.exitCode = 1;
} finally {
  clearTimeout(deadline);
  app.kill("SIGKILL");
}

async function seen(ann) {
  // Plugin and guard.
  assert.deepEqual(await ann.call("com.example.my_plugin.greet", ["Joe"]), [["Moin, Joe!"]]);
  await assert.rejects(ann.call("com.example.my_plugin.greet", [1, 2]), /wamp\.error\.invalid_argument/);
  // Authorizer.
  await assert.rejects(ann.call("com.other"), /wamp\.error\.not_authorized/);
  // Authenticator: the right secret, and a wrong one.
  const sign =
    (secret) =>
    ({ challenge }) =>
      createHmac("sha256", secret).update(challenge).digest("base64");
  const hello = { authmethods: ["my-authenticator"], authid: "joe" };
  await join(hello, sign("a secret"));
  await assert.rejects(join(hello, sign("another secret")), /authentication_denied/);
  // Route, and the event that it publishes.
  const [, subscription] = await ann.request([32, "com.example.news"]);
  const headers = { Authorization: "Bearer a token" };
  const posted = await fetch(`http://127.0.0.1:${port}/hook`, { method: "POST", body: "posted", headers });
  assert.equal(posted.status, 204);
  assert.deepEqual((await ann.event())[4], ["posted"]);
  assert.equal((await fetch(`http://127.0.0.1:${port}/hook`, { method: "POST" })).status, 401);
  // Event store.
  const history = await ann.call("wamp.subscription.get_events", [subscription]);
  assert.match(JSON.stringify(history), /posted/);
  // Plugin of the router, through what it offers.
  const numbers = await (await fetch(`http://127.0.0.1:${port}/numbers`)).json();
  assert.ok(numbers.calls.realm1 > 0 && numbers.refused === 1, JSON.stringify(numbers));
  // Transport.
  const socket = connect(linesPort, "127.0.0.1");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.write('[1,"realm1",{"roles":{"caller":{}}}]\n');
  assert.match((await lines.next()).value, /^\[2,/);
  socket.destroy();
  // A plugin with copies of the packages of its own.
  await assert.rejects(ann.call("com.example.foreign.fail"), /com\.example\.error\.foreign/);
  assert.deepEqual(await ann.call("com.example.foreign.result"), [[1, 2], { three: 3 }]);
}

/** A WAMP client that sends one request at a time. */
async function join(details = {}, answer = () => "") {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, "wamp.2.json");
  const [messages, waiting] = [[], []];
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    const next = waiting.findIndex(({ wants }) => wants(message));
    if (next < 0) messages.push(message);
    else waiting.splice(next, 1)[0].resolve(message);
  });
  const next = (wants) =>
    new Promise((resolve) => {
      const at = messages.findIndex(wants);
      if (at >= 0) resolve(messages.splice(at, 1)[0]);
      else waiting.push({ wants, resolve });
    });
  const send = (message) => socket.send(JSON.stringify(message));
  await once(socket, "open");
  send([1, "realm1", { roles: { caller: {}, subscriber: {} }, ...details }]);
  let first = await next(() => true);
  if (first[0] === 4) {
    send([5, answer(first[2]), {}]);
    first = await next(() => true);
  }
  if (first[0] !== 2) throw new Error(JSON.stringify(first));
  let id = 0;
  const request = async ([type, ...rest]) => {
    const sent = ++id;
    send([type, sent, {}, ...rest]);
    const reply = await next((message) => (message[0] === 8 ? message[2] === sent : message[1] === sent));
    if (reply[0] === 8) throw new Error(reply[4]);
    return reply.slice(1);
  };
  return {
    request,
    call: async (uri, args = []) => (await request([48, uri, args])).slice(2),
    event: () => next(([type]) => type === 36),
  };
}

/** The app listens a while after its start. */
async function whenStarted(attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (app.exitCode !== null || error.code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
