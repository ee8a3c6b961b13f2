import { ConfigError } from "@kreuz/codec";
import type { HttpHandler, Logger, Router } from "@kreuz/router";
import type { FetchRoute } from "@kreuz/transport-node";
import type { RouteConfig } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { routeName } from "./load-extensions.js";

/** What routes need besides their config. */
export interface RouteServices {
  readonly router: Pick<Router, "offered">;
  readonly logger: Logger;
}

/**
 * The routes of a transport, by their paths.
 *
 * @throws InvalidConfigError for an offer that does not exist.
 */
export function openRoutes(
  index: number,
  routes: readonly RouteConfig[],
  loaded: LoadedConfig,
  { router, logger }: RouteServices,
): Readonly<Record<string, FetchRoute>> {
  const mounted = routes.map((route, position): [string, FetchRoute] => {
    const path = ["transports", index, "routes", position];
    const { maxBodyBytes, timeoutMs: timeout, realm } = route;
    const name = namesExtension(route) ? `${routeName({ path, ref: route })}/route` : route.offer!;
    try {
      return [route.path, { handle: logged(router.offered(name, realm), route.path, logger), maxBodyBytes, timeout }];
    } catch (error) {
      if (error instanceof ConfigError)
        loaded.rejectIfAny([loaded.problem([...path, "offer"], error.message.replace(/^offer: /, ""))]);
      throw error;
    }
  });
  return Object.fromEntries(mounted);
}

/** What a route throws is the operator's to know, not the client's. */
function logged(handle: HttpHandler, path: string, logger: Logger): HttpHandler {
  return async (request, from) => {
    try {
      return await handle(request, from);
    } catch (error) {
      logger.error({ error, path, ...from }, `the route ${path} failed`);
      return new Response("internal error\n", { status: 500 });
    }
  };
}
