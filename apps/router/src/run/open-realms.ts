import { ConfigError } from "@kreuz/codec";
import type { UriGroups } from "@kreuz/metrics";
import { type Authenticator, type Authorizer, type Logger, type Plugin, PluginError, type Router } from "@kreuz/router";
import { decidingProceduresIn } from "../config/deciding-procedures.js";
import { namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import type { LoadedExtensions } from "./load-extensions.js";
import type { Cookies } from "./open-cookies.js";
import { type AuthContext, realmAuthenticators } from "./realm-authenticators.js";
import { type ExtensionAuthorizers, realmAuthorizer } from "./realm-authorizer.js";
import { RealmParts } from "./realm-parts.js";
import type { OpenRealm, RealmPlace } from "./reloader.js";
import { roleLimits } from "./router-options.js";
import { sessionLog } from "./session-log.js";

/** What the management realm needs besides its config. */
export interface OpenManagement {
  readonly plugin: Plugin;
  /** Let operators in, besides those of the config. */
  readonly authenticators: readonly Authenticator[];
}

/** What realms need besides their config. */
export interface RealmsContext {
  readonly extensions: LoadedExtensions;
  readonly authentication: Omit<AuthContext, "realm" | "roles" | "folder" | "methods">;
  readonly cookies: Cookies | undefined;
  readonly groups: UriGroups | undefined;
  /** Absent: the config has no management realm. */
  readonly management: OpenManagement | undefined;
  /** Not summed up: joins and leaves are logged one by one. */
  readonly log: Logger;
}

/**
 * Opens the realms of a config: their authenticators and authorizers, then their plugins.
 *
 * @throws InvalidConfigError if the config is at fault; StartError naming the plugin that failed.
 */
export async function openRealms(
  router: Router,
  loaded: LoadedConfig,
  { extensions, authentication, cookies, groups, management, log }: RealmsContext,
): Promise<ReadonlyMap<string, OpenRealm>> {
  const realms = new Map<string, OpenRealm>();
  for (const [index, realm] of loaded.config.realms.entries()) {
    const place = { loaded, index, extensions, parts: new RealmParts() };
    const authenticators = await authenticatorsOf(place, authentication);
    if (realm.management === true) authenticators.push(...(management?.authenticators ?? []));
    realms.set(realm.name, { authenticators, parts: place.parts });
    try {
      await router.addRealm({
        uri: realm.name,
        authorizer: authorizerOf(place, authentication),
        authenticators,
        roles: realm.roles.map(({ name }) => name),
        roleLimits: roleLimits(realm.roles),
        // The session log is last, so that plugins log a session's events before it does.
        plugins: [
          ...place.parts.newPlugins(),
          ...(realm.management === true && management !== undefined ? [management.plugin] : []),
          ...extensions.pluginsOf(index),
          ...(cookies?.plugins ?? []),
          ...(groups === undefined ? [] : [groups.plugin()]),
          sessionLog(log),
        ],
      });
    } catch (error) {
      if (error instanceof ConfigError) loaded.rejectIfAny([loaded.problem(["realms", index], error.message)]);
      const reason = error instanceof PluginError ? extensions.describe(error, index) : (error as Error).message;
      throw new StartError(`cannot open realm "${realm.name}": ${reason}`, { cause: error });
    }
  }
  return realms;
}

/** The authorizer of a realm, with those of packages in it. */
export function authorizerOf(
  place: RealmPlace,
  { services, clock }: Pick<AuthContext, "services" | "clock">,
): Authorizer {
  const { config } = place.loaded;
  const realm = config.realms[place.index]!;
  const deciding = decidingProceduresIn(config, realm.name);
  return realmAuthorizer(realm, services, deciding, clock, extensionAuthorizers(place));
}

function extensionAuthorizers({ loaded, index, extensions, parts }: RealmPlace): ExtensionAuthorizers {
  const { authorizer: ref, roles } = loaded.config.realms[index]!;
  const path = ["realms", index];
  const ofRoles = roles.flatMap(({ name, authorizer }, role) =>
    namesExtension(authorizer)
      ? [
          [
            name,
            parts.use(
              `authorizer of ${name}`,
              authorizer,
              extensions.authorizerAt(...path, "roles", role, "authorizer"),
            ),
          ] as const,
        ]
      : [],
  );
  return {
    realm: namesExtension(ref)
      ? parts.use("authorizer", ref, extensions.authorizerAt(...path, "authorizer"))
      : undefined,
    roles: new Map(ofRoles),
  };
}

/** The authenticators of a realm. @throws InvalidConfigError if credentials are invalid or cannot be read. */
export async function authenticatorsOf(
  { loaded, index, extensions, parts }: RealmPlace,
  context: RealmsContext["authentication"],
): Promise<Authenticator[]> {
  const { name, auth, roles } = loaded.config.realms[index]!;
  const methods = Object.entries(auth.extensions ?? {}).map(([method, ref]) => {
    const made = extensions.authenticatorAt("realms", index, "auth", method);
    return [method, parts.use(`authenticator ${method}`, ref, made)] as const;
  });
  const place = { realm: name, roles: roles.map((role) => role.name), folder: loaded.folder };
  try {
    return await realmAuthenticators(auth, { ...context, ...place, methods: new Map(methods) });
  } catch (error) {
    loaded.rejectIfAny([loaded.problem(["realms", index, "auth"], (error as Error).message)]);
    throw error;
  }
}
