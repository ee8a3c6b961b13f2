// A router with a durable event history, and a client in the same process that publishes numbered events with
// acknowledge, until it is killed. Says on stdout what was answered: `+5` for PUBLISHED, `-5 <uri>` for ERROR.
// Arguments: the store's folder, the first number, publications in flight, bytes of each.
import { writeSync } from "node:fs";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { eventHistoryLmdb } from "@kreuz/event-history-lmdb";
import { allowAll, createRouter } from "@kreuz/router";
import { connectMemory } from "@kreuz/transport-memory";

const [path, first, inFlight, bytes] = process.argv.slice(2);
const lines = [];
const at = (level) => (_fields, message) => lines.push(`${level} ${message}`);
const logger = { debug: () => {}, info: at("info"), warn: at("warn"), error: at("error") };
process.on("unhandledRejection", (error) => writeSync(1, `unhandled ${error}\n`));

const plugin = eventHistoryLmdb({ path, topics: [{ uri: "com.example.", match: "prefix" }] });
const router = await createRouter({
  logger,
  realms: [{ uri: "realm1", authorizer: allowAll, plugins: [plugin] }],
});

let next = Number(first);
/** The number of each request without an answer. */
const requests = new Map();
let request = 0;

function publish() {
  const number = next++;
  requests.set(++request, number);
  const message = {
    type: M.PUBLISH,
    request,
    options: { acknowledge: true },
    topic: `com.example.topic${number % 3}`,
    payload: { args: [number, "x".repeat(Number(bytes))] },
  };
  end.send(json.encode(message));
}

let welcomed;
const ready = new Promise((resolve) => {
  welcomed = resolve;
});
const client = {
  accept: () => ({
    onFrame(frame) {
      const message = json.decode(frame);
      if (message.type === M.WELCOME) return welcomed();
      const number = requests.get(message.request);
      requests.delete(message.request);
      if (message.type === M.PUBLISHED) writeSync(1, `+${number}\n`);
      else writeSync(1, `-${number} ${message.error}\n`);
      // A store that refuses at once must not keep this process from doing anything else.
      if (message.type === M.PUBLISHED) publish();
      else setTimeout(publish, 5);
    },
    onDrain() {},
    onClose() {},
  }),
};
const end = connectMemory(router, client, { codec: json });
end.send(json.encode({ type: M.HELLO, realm: "realm1", details: { roles: { publisher: {} } } }));
await ready;

process.on("SIGUSR2", () => {
  writeSync(1, `log ${JSON.stringify({ lines, health: router.health })}\n`);
});
for (let i = 0; i < Number(inFlight); i++) publish();
