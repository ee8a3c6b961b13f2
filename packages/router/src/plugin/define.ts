import { defineExtension, type Extension, type ExtensionDefinition } from "@kreuz/codec";
import type { Authenticator } from "../auth/authenticator.js";
import type { Authorizer } from "../auth/authorizer.js";
import type { Plugin, RealmPart } from "./plugin.js";
import type { Route } from "./route.js";
import type { RouterPlugin } from "./router-plugin.js";

/** A plugin with options: a function for code, and what a config needs to know of it. */
export type PluginExtension<Input = object> = Extension<"plugin", Input, Plugin>;

/** A plugin of the router with options. */
export type RouterPluginExtension<Input = object> = Extension<"router-plugin", Input, RouterPlugin>;

/** An authentication method with options. In a config, the key under `auth` names the method. */
export type AuthenticatorExtension<Input = object> = Extension<"authenticator", Input, Authenticator & RealmPart>;

/** An authorizer with options. */
export type AuthorizerExtension<Input = object> = Extension<"authorizer", Input, Authorizer & RealmPart>;

/** Something that answers HTTP requests, with options. */
export type RouteExtension<Input = object> = Extension<"route", Input, Route>;

/**
 * Defines a plugin that takes options, and that a config can name. The name is that of the plugin:
 *
 *     export const clock = definePlugin({
 *       name: "clock",
 *       options: z.object({ zone: z.string() }),
 *       create: ({ zone }) => ({ setup(realm) { … } }),
 *     });
 */
export function definePlugin<Input = object, Output = Input>({
  create,
  ...info
}: ExtensionDefinition<Input, Output, Omit<Plugin, "name">>): PluginExtension<Input> {
  return defineExtension("plugin", {
    ...info,
    create: (options: Output): Plugin => named(info.name, create(options)),
  });
}

/** Defines a plugin of the router, like {@link definePlugin}. */
export function defineRouterPlugin<Input = object, Output = Input>({
  create,
  ...info
}: ExtensionDefinition<Input, Output, Omit<RouterPlugin, "name">>): RouterPluginExtension<Input> {
  return defineExtension("router-plugin", {
    ...info,
    create: (options: Output): RouterPlugin => named(info.name, create(options)),
  });
}

/** Defines an authentication method that a config can name under `auth`. */
export function defineAuthenticator<Input = object, Output = Input>(
  definition: ExtensionDefinition<Input, Output, Authenticator & RealmPart>,
): AuthenticatorExtension<Input> {
  return defineExtension("authenticator", definition);
}

/** Defines an authorizer that a config can name for a realm or a role. */
export function defineAuthorizer<Input = object, Output = Input>(
  definition: ExtensionDefinition<Input, Output, Authorizer & RealmPart>,
): AuthorizerExtension<Input> {
  return defineExtension("authorizer", definition);
}

/** Defines something that answers HTTP requests, and that a config can mount at a path of a transport. */
export function defineRoute<Input = object, Output = Input>(
  definition: ExtensionDefinition<Input, Output, Route>,
): RouteExtension<Input> {
  return defineExtension("route", definition);
}

/** Names a plugin that has no name of its own. Not a copy: of an instance of a class, it would lack the methods. */
function named<P extends object>(name: string, made: P): P & { readonly name: string } {
  return "name" in made ? (made as P & { readonly name: string }) : Object.assign(made, { name });
}
