// Keeps docs/limits.md true: its table is made from the schema of the config and the names of the metrics.
import { readFile } from "node:fs/promises";
import { LIMIT_METRICS } from "@kreuz/router";
import { LIMIT_NAMES } from "@kreuz/transport-node";
import { expect, test } from "vitest";
import { configJsonSchema } from "./config/config-schema.js";
import type { Schema } from "./testing/json-schema.js";
import { settingOf } from "./run/limit-metrics.js";

const PAGE = new URL("../../../docs/limits.md", import.meta.url);

/** Counters of the router and the transports, by the setting that each belongs to. */
const METRICS = new Map(
  [
    ..."handshake_timeout authentication_timeout goodbye_timeout subscriptions_per_session registrations_per_session".split(
      " ",
    ),
    ..."pending_calls_per_session pending_call_bytes_per_session queued_calls_per_registration retained_events".split(
      " ",
    ),
    ..."sessions_per_realm uri_length pattern_components memory messages_per_second bytes_per_second".split(" "),
    "handshake_message_bytes",
    "joins_per_minute",
    "option_text_length",
    "option_list_length",
  ].map((name) => [settingOf(`limit_${name}`), `limit_${name}`]),
);
for (const name of [
  "connections",
  "connections-per-address",
  "pending-handshakes",
  "handshake-timeout",
  "message-timeout",
  "message-bytes",
  "route-body-bytes",
  "route-timeout",
])
  METRICS.set(settingOf(name), name);

function rowsOf(properties: Readonly<Record<string, Schema>> = {}, base: string): string[][] {
  return Object.entries(properties)
    .filter(([name]) => base === "limits" || /^max[A-Z]|^(handshake|message|)[tT]imeout/.test(name))
    .map(([name, { default: fallback, description = "" }]) => {
      const setting = `${base}.${name}`;
      return [setting, fallback === undefined ? "" : String(fallback), description, METRICS.get(setting) ?? ""];
    });
}

test("docs/limits.md has every limit with its default, what it does, and its counter", async () => {
  const { limits, transports } = (configJsonSchema() as Schema).properties ?? {};
  const ofTransport = transports?.items?.anyOf?.[0]?.properties ?? {};
  const rows = [
    ...rowsOf(limits?.properties, "limits"),
    ...rowsOf(ofTransport, "transports[]"),
    ...rowsOf(ofTransport["routes"]?.items?.properties, "transports[].routes[]"),
  ];
  const page = await readFile(PAGE, "utf8");
  const found = Array.from(page.matchAll(/^\| `(.*?)` *\|(.*?)\|(.*?)\|(.*?)\|$/gm), ([, ...cells]) =>
    cells.map((cell) => cell.trim().replaceAll("`", "")),
  );
  expect(found).toEqual(rows);
});

/** Where the fixed limits are in the sources, in the order of the page. */
const FIXED: readonly (readonly [file: string, constant: string])[] = [
  ["transport-node/src/listen/http-protocol.ts", "MAX_WAITING_REQUESTS"],
  ["transport-node/src/longpoll/longpoll-input.ts", "MAX_WAITING_POSTS"],
  ["transport-node/src/websocket/receiver.ts", "FREE_FRAGMENTS"],
  ["transport-node/src/websocket/receiver.ts", "COMPRESSED_BYTES_PER_FRAGMENT"],
  ["transport-node/src/websocket/websocket-protocol.ts", "MAX_PIECES"],
  ["transport-node/src/connection/transport-settings.ts", "DEFAULT_MAX_CONTROL_FRAMES"],
  ["transport-node/src/server/connection-limits.ts", "LEAVING_SHARE"],
  ["auth/src/cookie/cookie-jar.ts", "MAX_VALUES"],
  ["router/src/matching/wildcard-index.ts", "OPEN_SHAPES"],
  ["router/src/matching/wildcard-index.ts", "SHAPES_PER_OWNER"],
  ["transport-node/src/listen/http-protocol.ts", "MAX_HEADER_BYTES"],
  ["transport-node/src/longpoll/longpoll-protocol.ts", "MAX_OPEN_BYTES"],
];

async function constantOf(file: string, constant: string): Promise<string> {
  const source = await readFile(new URL(`../../../packages/${file}`, import.meta.url), "utf8");
  const value = new RegExp(`const ${constant} = ([\\d_ */]+);`).exec(source)?.[1]?.replaceAll("_", "");
  if (value === undefined) throw new Error(`no ${constant} in ${file}`);
  // Only products and quotients.
  return String(value.split("*").reduce((product, part) => product * quotient(part), 1));
}

const quotient = (text: string): number =>
  text
    .split("/")
    .map(Number)
    .reduce((one, other) => one / other);

test("docs/limits.md has the fixed limits as they are in the code, and counters that exist", async () => {
  const [, fixed = ""] = (await readFile(PAGE, "utf8")).split("## Fixed limits");
  const rows = fixed
    .split("\n")
    .filter((line) => /^\| (?!limit|---)/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  expect(rows.map(([, , value]) => value)).toEqual(await Promise.all(FIXED.map((place) => constantOf(...place))));
  const counters: readonly string[] = [...LIMIT_NAMES, ...LIMIT_METRICS, ""];
  expect(rows.map((cells) => cells[4]!).filter((counter) => !counters.includes(counter))).toEqual([]);
});
