import { type Authorizer, createRouter, type Router, type RouterOptions } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { setImmediate } from "node:timers/promises";
import { busyProcedure, type Departure, DEPARTURES, SLOW_PROCEDURE } from "./departures.js";
import { ANSWER, type RandomClient } from "./random-client.js";

const authorizer: Authorizer = {
  authorize: (_, { uri }) => (uri === SLOW_PROCEDURE ? setImmediate({ allow: true }) : { allow: true }),
};

/** A router with the plugins that hold something for sessions, and an authorizer that may decide later. */
export function openRouter(options: Partial<RouterOptions> = {}): Promise<Router> {
  const plugins = [sessionMeta(), registryMeta(), testament()];
  return createRouter({ ...options, realms: [{ uri: "realm1", authorizer, plugins }] });
}

/** What every second client does, every third, every fourth and so on, so that all combinations occur. */
const MORE_USES: readonly ((client: RandomClient, name: string) => unknown)[] = [
  (client) => client.register("com.example.shared", { invoke: "roundrobin" }),
  (client) => client.publish("com.example.topic", { args: ["anything"] }),
  (client) => client.answerTo(client.sendCall("com.example.shared", { args: [ANSWER] })),
  (client) => client.subscribe("com.example.", { match: "prefix" }),
  (client) => client.subscribe("com..topic", { match: "wildcard" }),
  (client) =>
    client.answerTo(client.sendCall("wamp.session.add_testament", { args: ["com.example.topic", ["gone"], {}] })),
  async (client, name) => {
    await client.register(`com.example.prefix.${name}`, { match: "prefix" });
    await client.answerTo(client.sendCall(`com.example.prefix.${name}.more`, { args: [ANSWER] }));
  },
];

/** Connects a client, which sends nothing yet. */
export type Connect = (index: number) => Promise<RandomClient>;

/** One session from HELLO to its end: it uses everything and leaves in one of many ways. */
async function runSession(index: number, connect: Connect): Promise<void> {
  const name = String(index);
  const client = await connect(index);
  // Some clients never say HELLO.
  if (index % 50 === 49) return client.drop();
  await client.join("realm1");
  const join = async (): Promise<RandomClient> => {
    const other = await connect(index);
    await other.join("realm1");
    return other;
  };

  await client.subscribe(`com.example.topic.${name}`);
  await client.register(`com.example.own.${name}`);
  await client.register(busyProcedure(name), { concurrency: 1 });
  await client.answerTo(client.sendCall(`com.example.own.${name}`, { args: [ANSWER] }));
  for (const [each, use] of MORE_USES.entries()) if (index % (each + 2) === 0) await use(client, name);

  await departureOf(index)(client, name, join);
}

function departureOf(index: number): Departure {
  const all = Object.values(DEPARTURES);
  return all[index % all.length]!;
}

/** Runs `count` sessions, `concurrency` of them at a time. */
export async function runSessions(count: number, concurrency: number, connect: Connect): Promise<void> {
  let next = 0;
  const runOneAfterTheOther = async (): Promise<void> => {
    while (next < count) await runSession(next++, connect);
  };
  await Promise.all(Array.from({ length: concurrency }, runOneAfterTheOther));
}
