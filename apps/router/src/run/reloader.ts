import { isDeepStrictEqual } from "node:util";
import type { Router } from "@kreuz/router";
import type { Config } from "../config/config.js";
import { formatPath } from "../config/config-path.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { realmAuthorizer } from "./realm-authorizer.js";
import { routerLimits } from "./router-options.js";
import type { ServiceSessions } from "./service-sessions.js";

/** What became of a new config. */
export interface ReloadReport {
  /** Subscriptions and registrations that are no longer allowed and were revoked. */
  readonly revoked: number;
  /** Settings that differ from those that the router started with, and cannot change without a restart. */
  readonly needsRestart: readonly string[];
}

/** Takes over what a running router can take over from another config. One at a time, in the order in which they come. */
export class Reloader {
  readonly #router: Router;
  readonly #services: ServiceSessions;
  readonly #started: Config;
  #last: Promise<unknown> = Promise.resolve();

  constructor(router: Router, services: ServiceSessions, started: LoadedConfig) {
    this.#router = router;
    this.#services = services;
    this.#started = started.config;
  }

  reload({ config }: LoadedConfig): Promise<ReloadReport> {
    const reloaded = this.#last.then(() => this.#reload(config));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(config: Config): Promise<ReloadReport> {
    // Everything is made before anything is changed.
    const open = config.realms.filter(({ name }) => this.#router.realms.includes(name));
    const realms = open.map((realm) => ({
      name: realm.name,
      authorizer: realmAuthorizer(realm, this.#services),
      roles: realm.roles.map((role) => role.name),
    }));
    this.#router.setLimits(routerLimits(config.limits));
    let revoked = 0;
    for (const { name, ...permissions } of realms)
      revoked += (await this.#router.reauthorize(name, permissions)).revoked;
    return { revoked, needsRestart: needsRestart(this.#started, config) };
  }
}

const FIXED = ["transports", "uriRule", "strictRequestIds", "slowConsumer"] as const;

/** Settings in which two configs differ, and that are looked at when the router starts only. */
function needsRestart(started: Config, config: Config): readonly string[] {
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
  for (const { name } of started.realms) if (!names.has(name)) paths.push(`realms (${name} is gone)`);
  return paths;
}
