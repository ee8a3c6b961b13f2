import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { ConfigError, defineExtension, type Extension, type Uri } from "@kreuz/codec";
import { integer, options, text } from "@kreuz/codec/options";
import {
  eventHistory,
  storeLimitsWithDefaults,
  type EventHistoryOptions,
  type EventStoreLimits,
  type OpenEventStore,
} from "@kreuz/event-history";
import type { Plugin } from "@kreuz/router";
import { LmdbEventStore } from "./lmdb-event-store.js";

/** Settings of {@link lmdbStore}. */
export interface LmdbStoreOptions extends Partial<EventStoreLimits> {
  /**
   * Folder for the databases, one folder per realm; created if missing. Only one router at a time can use it. A relative
   * path refers to the router's `baseDirectory`, the folder of its config file.
   */
  readonly path: string;
}

const DEFAULT_LIMITS: EventStoreLimits = { maxEvents: 1_000_000, maxBytes: 1024 ** 3 };

/**
 * Stores the event history on disk, in LMDB. It survives a restart, and a process that dies while it writes.
 *
 * @throws ConfigError that names the wrong option.
 */
export function lmdbStore({ path, ...limits }: LmdbStoreOptions): OpenEventStore {
  if (typeof path !== "string" || path === "")
    throw new ConfigError("path", "expected the path of a folder, as a non-empty string");
  const bounds = storeLimitsWithDefaults(limits, DEFAULT_LIMITS);
  return (realm) => {
    const folder = join(resolve(realm.baseDirectory ?? "", path), realmFolder(realm.uri));
    return LmdbEventStore.open(folder, bounds, realm);
  };
}

/**
 * The same store for the `store` of `@kreuz/event-history` in a config:
 * `store: { package: "@kreuz/event-history-lmdb", options: { path: ./history } }`.
 */
export const lmdbEventStore: Extension<"event-store", LmdbStoreOptions, OpenEventStore> = defineExtension(
  "event-store",
  {
    name: "lmdb",
    options: options({
      path: text("the path of a folder").describe("Folder for the databases, relative to the config file."),
      maxEvents: integer(1).default(DEFAULT_LIMITS.maxEvents).describe("Max events of a realm."),
      maxBytes: integer(1).default(DEFAULT_LIMITS.maxBytes).describe("Max bytes of a realm, roughly."),
    }),
    example: { path: "./history" },
    create: lmdbStore,
  },
);

/** Settings of {@link eventHistoryLmdb}: plain values, for a config file. */
export interface EventHistoryLmdbOptions extends Omit<EventHistoryOptions, "store">, LmdbStoreOptions {}

/**
 * The plugin `eventHistory({ store: lmdbStore(…) })`, for config files.
 *
 * @throws ConfigError that names the wrong option.
 */
export function eventHistoryLmdb({ path, maxEvents, maxBytes, ...history }: EventHistoryLmdbOptions): Plugin {
  const store = lmdbStore({
    path,
    ...(maxEvents === undefined ? {} : { maxEvents }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  return eventHistory({ ...history, store });
}

/** Every file system accepts names of this length. */
const MAX_FOLDER_NAME_LENGTH = 120;

/** Names the folder of a realm: readable, and different for every realm even where file names ignore case. */
export function realmFolder(realm: Uri): string {
  const name = Buffer.from(realm)
    .toString("latin1")
    .replaceAll(/[^a-z0-9._-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  // No escaped name starts with %s.
  return name.length <= MAX_FOLDER_NAME_LENGTH ? name : `%sha256-${createHash("sha256").update(realm).digest("hex")}`;
}
