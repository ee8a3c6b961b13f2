import { type GuardInfo, type Logger, matchesPattern, type Router } from "@kreuz/router";

type Where = GuardInfo["where"][number];

/**
 * Logs which guards look at the messages of each realm, in their order, and warns of two that may replace the same payloads.
 * Known only after the plugins are set up, which `kreuz check` does not do: it opens nothing.
 */
export function logGuards(router: Pick<Router, "realms" | "guards">, logger: Logger): void {
  for (const realm of router.realms) {
    const guards = router.guards(realm);
    for (const kind of new Set(guards.map((guard) => guard.kind))) {
      const chain = guards.filter((guard) => guard.kind === kind);
      const order = chain.map(({ plugin, where }) => `${plugin}: ${where.map(describe).join(", ")}`);
      logger.info({ realm, kind, order }, `guards of every ${kind}, in their order`);
      warnOfTwo(realm, chain, logger);
    }
  }
}

function warnOfTwo(realm: string, chain: readonly GuardInfo[], logger: Logger): void {
  const transforming = chain.filter(({ transforms }) => transforms);
  for (const [index, one] of transforming.entries())
    for (const other of transforming.slice(index + 1)) {
      if (one.plugin === other.plugin || !one.where.some((a) => other.where.some((b) => overlap(a, b)))) continue;
      const plugins = [one.plugin, other.plugin];
      logger.warn(
        { realm, kind: one.kind, plugins },
        "two plugins may replace the same payloads; the order of the config decides",
      );
    }
}

function describe({ uri, match = "exact", authroles }: Where): string {
  const roles = authroles === undefined ? "" : ` of ${authroles.join(", ")}`;
  return `${match === "exact" ? uri : `${match} "${uri}"`}${roles}`;
}

/** Whether a URI may match both. Two wildcards count when they are the same. */
function overlap(one: Where, other: Where): boolean {
  const [a, b] = [one.match ?? "exact", other.match ?? "exact"];
  if (a === "exact") return matchesPattern(one.uri, other.uri, b);
  if (b === "exact") return matchesPattern(other.uri, one.uri, a);
  if (a === "prefix" && b === "prefix") return one.uri.startsWith(other.uri) || other.uri.startsWith(one.uri);
  return one.uri === other.uri;
}
