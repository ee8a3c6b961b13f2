import { describe, expect, test } from "vitest";
import { parseConfig } from "./load-config.js";

const REALM = `workers: 2
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
`;
const plugin = (ref: string): string => `${REALM}plugins: [{ package: ${ref} }]\n`;

describe("what several processes cannot serve together is refused, with the reason", () => {
  test.each([
    ["a number", "workers: 0\n".concat(REALM.slice(11)), "workers: expected a whole number from 1 to 64, got 0"],
    [
      "a node of a cluster",
      `${REALM}cluster: { name: a, nats: { servers: ["nats://x"] } }`,
      "cluster: a node of a cluster is",
    ],
    ["cookies", `${REALM}cookies: {}`, "cookies: each worker would know only the cookies that it has set itself"],
    [
      "long-poll",
      `${REALM}transports: [{ type: websocket, longPoll: { path: /lp } }]`,
      "transports[0].longPoll: the requests of one session would come to different workers; remove it, or set workers to 1",
    ],
    ["a history on disk", plugin('"@kreuz/event-history-lmdb"'), "plugins[0]: only one process may write its files"],
    [
      "a history on disk as a store",
      plugin('"@kreuz/event-history", options: { store: { package: "@kreuz/event-history-lmdb" } }'),
      "plugins[0]: only one process may write its files, and there are 2 workers",
    ],
    ["a history in memory", plugin('"@kreuz/event-history"'), "plugins[0]: each worker would keep in its memory"],
  ])("%s", (_, text, problem) => {
    expect(() => parseConfig(text, "kreuz.yaml")).toThrow(problem);
  });
});

test.each([
  ["a history that is meant to be of each worker", plugin('"@kreuz/event-history", options: { perNode: true }')],
  [
    "a history in a store that all share",
    plugin('"@kreuz/event-history", options: { store: { package: x/event-store } }'),
  ],
  ["one worker with what several cannot have", `${REALM.replace("2", "1")}cookies: {}`],
])("%s is taken", (_, text) => {
  expect(parseConfig(text, "kreuz.yaml").config.workers).toBeGreaterThan(0);
});
