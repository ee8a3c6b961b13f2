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
    const options = ref.options as { readonly store?: unknown } | undefined;
    if (/(^|\/)event-history-lmdb$/.test(ref.package))
      report(path, `only one process may write its files, and there are ${workers} workers; ${REMEDY}`);
    else if (/(^|\/)event-history$/.test(ref.package) && options?.store === undefined)
      report(
        path,
        `each worker would keep a history of its own in its memory; give it a shared store, or set workers to 1`,
      );
  }
}
