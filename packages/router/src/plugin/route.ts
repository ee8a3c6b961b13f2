import type { Answer } from "../session/session-directory.js";
import type { RequestOrigin } from "./offers.js";
import type { Plugin, RealmContext } from "./plugin.js";

/** What a {@link Route} knows besides the request. */
export interface RouteContext extends RequestOrigin {
  /** The realm that the config names beside the route. */
  readonly realm: RealmContext;
}

/**
 * Answers plain HTTP requests beside WAMP, at the path where a config mounts it. Whoever sends them has not logged in: check
 * them. The listener bounds their bodies and the time to answer.
 */
export interface Route {
  /** Called once, like that of a plugin, before the first request. */
  setup?(realm: RealmContext): void | Promise<void>;
  /** Answers a request. What it throws is logged, and answered with 500. */
  handle(request: Request, context: RouteContext): Answer<Response>;
}

/** The plugin that sets a route up in a realm, and offers it as `<name>/route`. */
export function routePlugin(name: string, route: Route): Plugin {
  return {
    name,
    async setup(realm) {
      await route.setup?.(realm);
      realm.offer("route", (request, from) => route.handle(request, { ...from, realm }));
    },
  };
}
