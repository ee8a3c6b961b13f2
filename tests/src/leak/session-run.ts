import { type Authorizer, createRouter, type Router, type RouterOptions } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { setImmediate } from "node:timers/promises";
import { busyProcedure, type Departure, DEPARTURES, SLOW_PROCEDURE } from "./departures.js";
import { ANSWER, type Wanderer } from "./random-client.js";

const authorizer: Authorizer = {
  authorize: (_, { uri }) => (uri === SLOW_PROCEDURE ? setImmediate({ allow: true }) : { allow: true }),
};

/** A router where every session leaves traces: with its plugins, and an authorizer that may take its time. */
export function openRouter(options: Partial<RouterOptions> = {}): Promise<Router> {
  const plugins = [sessionMeta(), registryMeta(), testament()];
  return createRouter({ ...options, realms: [{ uri: "realm1", authorizer, plugins }] });
}

/** What one in two does, one in three, one in four and so on, so that all combinations occur. */
const MORE_USES: readonly ((visitor: Wanderer, name: string) => unknown)[] = [
  (visitor) => visitor.register("com.example.shared", { invoke: "roundrobin" }),
  (visitor) => visitor.publish("com.example.topic", { args: ["anything"] }),
  (visitor) => visitor.answerTo(visitor.call("com.example.shared", { args: [ANSWER] })),
  (visitor) => visitor.subscribe("com.example.", { match: "prefix" }),
  (visitor) => visitor.subscribe("com..topic", { match: "wildcard" }),
  (visitor) =>
    visitor.answerTo(visitor.call("wamp.session.add_testament", { args: ["com.example.topic", ["gone"], {}] })),
  async (visitor, name) => {
    await visitor.register(`com.example.prefix.${name}`, { match: "prefix" });
    await visitor.answerTo(visitor.call(`com.example.prefix.${name}.more`, { args: [ANSWER] }));
  },
];

/** Opens a connection, and says nothing on it. */
export type Connect = (index: number) => Promise<Wanderer>;

/** One session from HELLO to its end: it makes use of everything, and leaves in one of many ways. */
async function visit(index: number, connect: Connect): Promise<void> {
  const name = String(index);
  const visitor = await connect(index);
  // Every now and then somebody comes and says nothing.
  if (index % 50 === 49) return visitor.vanish();
  await visitor.join("realm1");
  const join = async (): Promise<Wanderer> => {
    const other = await connect(index);
    await other.join("realm1");
    return other;
  };

  await visitor.subscribe(`com.example.topic.${name}`);
  await visitor.register(`com.example.own.${name}`);
  await visitor.register(busyProcedure(name), { concurrency: 1 });
  await visitor.answerTo(visitor.call(`com.example.own.${name}`, { args: [ANSWER] }));
  for (const [each, use] of MORE_USES.entries()) if (index % (each + 2) === 0) await use(visitor, name);

  await departureOf(index)(visitor, name, join);
}

function departureOf(index: number): Departure {
  const all = Object.values(DEPARTURES);
  return all[index % all.length]!;
}

/** Many visits, so many at a time. */
export async function manyVisits(count: number, atOnce: number, connect: Connect): Promise<void> {
  let next = 0;
  const visitOneAfterTheOther = async (): Promise<void> => {
    while (next < count) await visit(next++, connect);
  };
  await Promise.all(Array.from({ length: atOnce }, visitOneAfterTheOther));
}
