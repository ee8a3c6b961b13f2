// Keeps docs/limits.md true: its table is made from the schema of the config and the names of the metrics.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { configJsonSchema } from "./config/config-schema.js";
import type { Schema } from "./testing/json-schema.js";
import { settingOf } from "./run/limit-metrics.js";

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
  const page = await readFile(new URL("../../../docs/limits.md", import.meta.url), "utf8");
  const found = Array.from(page.matchAll(/^\| `(.*?)` *\|(.*?)\|(.*?)\|(.*?)\|$/gm), ([, ...cells]) =>
    cells.map((cell) => cell.trim().replaceAll("`", "")),
  );
  expect(found).toEqual(rows);
});
