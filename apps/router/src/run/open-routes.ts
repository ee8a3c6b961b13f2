import { ConfigError } from "@kreuz/codec";
import type { HttpHandler, Logger, Router } from "@kreuz/router";
import type { FetchRoute } from "@kreuz/transport-node";
import type { RouteConfig } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { PreparedRoutes } from "./package-routes.js";

/** What routes need besides their config. */
export interface RouteServices {
  readonly router: Pick<Router, "offered" | "realms">;
  readonly logger: Logger;
}

/**
 * The routes of a transport, by their paths: without those in realms that are not open, which wait for the next start.
 *
 * @param packages - the routes of packages.
 * @throws InvalidConfigError for an offer that does not exist.
 */
export function openRoutes(
  index: number,
  loaded: LoadedConfig,
  packages: PreparedRoutes,
  { router, logger }: RouteServices,
): Readonly<Record<string, FetchRoute>> {
  const mounted = routesOf(loaded, index).flatMap((route, position): [string, FetchRoute][] => {
    const path = ["transports", index, "routes", position];
    const { maxBodyBytes, timeoutMs: timeout, realm } = route;
    if (realm !== undefined && !router.realms.includes(realm)) return [];
    try {
      const handle = namesExtension(route)
        ? packages.handlerOf({ path, ref: route })
        : router.offered(route.offer!, realm);
      return [[route.path, { handle: logged(handle, route.path, logger), maxBodyBytes, timeout }]];
    } catch (error) {
      if (error instanceof ConfigError)
        loaded.rejectIfAny([loaded.problem([...path, "offer"], error.message.replace(/^offer: /, ""))]);
      throw error;
    }
  });
  return Object.fromEntries(mounted);
}

function routesOf({ config }: LoadedConfig, index: number): readonly RouteConfig[] {
  const transport = config.transports[index];
  return transport === undefined || namesExtension(transport) ? [] : (transport.routes ?? []);
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
