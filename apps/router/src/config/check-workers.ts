import type { ExtensionRef } from "@kreuz/codec";
import type { Report } from "./config-problem.js";
import type { Config } from "./config.js";
import { extensionPlaces, namesExtension } from "./extension-config.js";

const REMEDY = "remove it, or set workers to 1";

/** Each worker has a link to each other one. */
export const MAX_WORKERS = 64;

/** Checks that several processes can serve a config together. */
export function checkWorkers(config: Config, report: Report): void {
  const { workers, transports, cookies, cluster } = config;
  if (workers === 1) return;
  if (process.platform === "win32")
    report(["workers"], `workers speak over Unix sockets, which Windows lacks: expected 1, got ${workers}`);
  if (cluster !== undefined)
    report(["cluster"], `a node of a cluster is one process; ${REMEDY} and run more nodes on this machine`);
  if (cookies !== undefined)
    report(["cookies"], `each worker would know only the cookies that it has set itself; ${REMEDY}`);
  for (const [index, transport] of transports.entries())
    if (!namesExtension(transport) && transport.longPoll !== undefined)
      report(
        ["transports", index, "longPoll"],
        `the requests of one session would come to different workers; ${REMEDY}`,
      );
  for (const { path, ref } of extensionPlaces(config)) {
    // As the plugin itself, before anything starts.
    const { store, perNode } = (ref.options ?? {}) as HistoryOptions;
    if (isHistory(ref, "-lmdb") || (namesExtension(store) && isHistory(store, "-lmdb")))
      report(path, `only one process may write its files, and there are ${workers} workers; ${REMEDY}`);
    else if (isHistory(ref, "") && store === undefined && perNode !== true)
      report(
        path,
        "each worker would keep in its memory only what is published at it; give it a store that all share, such as @kreuz/cluster-nats/event-store, set perNode: true, or set workers to 1",
      );
  }
}

interface HistoryOptions {
  readonly store?: object;
  readonly perNode?: unknown;
}

/** Whether a setting names the event history, by name or by its folder. */
function isHistory({ package: name }: ExtensionRef, kind: "" | "-lmdb"): boolean {
  return name.split("/").at(-1) === `event-history${kind}`;
}
