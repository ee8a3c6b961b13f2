import { isDeepStrictEqual } from "node:util";
import type { Authorizer, Router } from "@kreuz/router";
import type { Config, RealmConfig } from "../config/config.js";
import { formatPath } from "../config/config-problem.js";
import { routerLimits } from "./router-options.js";

/** The outcome of a reload. */
export interface ReloadReport {
  /** Number of subscriptions and registrations that were revoked because they are no longer allowed. */
  readonly revoked: number;
  /** Changed settings that take effect after a restart. */
  readonly needsRestart: readonly string[];
}

/** Settings that take effect only at start. */
const FIXED = ["transports", "uriRule", "strictRequestIds", "slowConsumer", "cookies"] as const;

/** Applies another config to a running router, as far as possible without a restart. Reloads run one after another. */
export class Reloader {
  readonly #router: Router;
  readonly #started: Config;
  readonly #createAuthorizer: (realm: RealmConfig) => Authorizer;
  #last: Promise<unknown> = Promise.resolve();

  /** @param started - the config that the router started with. */
  constructor(router: Router, started: Config, createAuthorizer: (realm: RealmConfig) => Authorizer) {
    this.#router = router;
    this.#started = started;
    this.#createAuthorizer = createAuthorizer;
  }

  reload(config: Config): Promise<ReloadReport> {
    const reloaded = this.#last.then(() => this.#reload(config));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(config: Config): Promise<ReloadReport> {
    // Created before anything changes, since this may fail.
    const open = config.realms.filter(({ name }) => this.#router.realms.includes(name));
    const realms = open.map((realm) => ({
      name: realm.name,
      authorizer: this.#createAuthorizer(realm),
      roles: realm.roles.map((role) => role.name),
    }));
    this.#router.setLimits(routerLimits(config.limits));
    let revoked = 0;
    for (const { name, ...permissions } of realms)
      revoked += (await this.#router.reauthorize(name, permissions)).revoked;
    return { revoked, needsRestart: fixedChanges(this.#started, config) };
  }
}

/** Paths of settings that differ between two configs and take effect only at start. */
function fixedChanges(started: Config, config: Config): readonly string[] {
  const paths: string[] = FIXED.filter((key) => !isDeepStrictEqual(started[key], config[key]));
  if (started.limits.maxNestingDepth !== config.limits.maxNestingDepth) paths.push("limits.maxNestingDepth");
  if (started.log.format !== config.log.format) paths.push("log.format");
  for (const [index, realm] of config.realms.entries()) {
    const before = started.realms.find(({ name }) => name === realm.name);
    if (before === undefined) paths.push(formatPath(["realms", index]));
    for (const key of ["auth", "plugins"] as const)
      if (before !== undefined && !isDeepStrictEqual(before[key], realm[key]))
        paths.push(formatPath(["realms", index, key]));
  }
  const names = new Set(config.realms.map(({ name }) => name));
  for (const { name } of started.realms) if (!names.has(name)) paths.push(`realms (${name} was removed)`);
  return paths;
}
