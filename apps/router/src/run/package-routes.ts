import { PluginError, type HttpHandler, type RealmContext, type Route, type Router } from "@kreuz/router";
import { formatPath } from "../config/config-problem.js";
import type { RouteConfig } from "../config/config.js";
import { StartError } from "./errors.js";
import { type LoadedExtensions, type PlacedExtension, routeName } from "./load-extensions.js";

/** A route of a package that was set up in its realm. */
interface RunningRoute {
  readonly handle: HttpHandler;
  /** Undoes what it did, when the requests under way have been answered. */
  end(): Promise<void>;
}

/** The routes of a config, set up and not yet in use. */
export interface PreparedRoutes {
  /** What answers the requests of a route. */
  handlerOf(route: Pick<PlacedExtension, "path" | "ref">): HttpHandler;
  /** Ends those that are in use and that the config does not name any more. */
  apply(): void;
  /** Ends those that are new. */
  undo(): Promise<void>;
}

/** The routes of packages. Those that the config names as before stay as they are when it is read again. */
export class PackageRoutes {
  readonly #router: Pick<Router, "realms" | "addPlugin">;
  #running: ReadonlyMap<string, RunningRoute> = new Map();

  constructor(router: Pick<Router, "realms" | "addPlugin">) {
    this.#router = router;
  }

  /**
   * Sets up the routes of a config that do not run yet; those in realms that are not open wait for the next start.
   *
   * @throws StartError naming the route that failed; then those that are new have ended.
   */
  async prepare({ placedRoutes }: LoadedExtensions): Promise<PreparedRoutes> {
    const wanted = new Map<string, RunningRoute>();
    const added: RunningRoute[] = [];
    const undo = async (): Promise<void> => {
      for (const route of added) await route.end();
    };
    const open = placedRoutes.filter(({ ref }) => this.#router.realms.includes(realmOf(ref)));
    try {
      for (const placed of open) {
        const key = keyOf(placed);
        const running = this.#running.get(key);
        const route = running ?? (await this.#open(placed));
        if (running === undefined) added.push(route);
        wanted.set(key, route);
      }
    } catch (error) {
      await undo();
      throw error;
    }
    return {
      handlerOf: (route) => wanted.get(keyOf(route))!.handle,
      apply: () => {
        for (const [key, route] of this.#running) if (!wanted.has(key)) void route.end();
        this.#running = wanted;
      },
      undo,
    };
  }

  async #open(placed: PlacedExtension): Promise<RunningRoute> {
    try {
      return await openRoute(this.#router, realmOf(placed.ref), routeName(placed), placed.made[0] as Route);
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      throw new StartError(`${formatPath(placed.path)}: ${placed.origin} ${error.problem}`, { cause: error });
    }
  }
}

function realmOf(ref: PlacedExtension["ref"]): string {
  return (ref as RouteConfig).realm!;
}

/** What makes it another route: not where in the list it stands, nor the limits of its listener. */
function keyOf({ path, ref }: Pick<PlacedExtension, "path" | "ref">): string {
  return JSON.stringify([routeName({ path, ref }), realmOf(ref), ref.package, ref.export, ref.options]);
}

/** Sets a route up, as a plugin of its own. */
async function openRoute(
  router: Pick<Router, "addPlugin">,
  realm: string,
  name: string,
  route: Route,
): Promise<RunningRoute> {
  let context: RealmContext | undefined;
  const setup = async (given: RealmContext): Promise<void> => {
    context = given;
    await route.setup?.(given);
  };
  const remove = await router.addPlugin(realm, { name, setup });
  const underWay = new Set<Request>();
  let finished = (): void => {};
  return {
    handle(request, from) {
      underWay.add(request);
      // It aborts in the end of every request: when the answer has been sent, too.
      request.signal.addEventListener("abort", () => {
        underWay.delete(request);
        if (underWay.size === 0) finished();
      });
      return route.handle(request, { ...from, realm: context! });
    },
    async end() {
      if (underWay.size > 0) await new Promise<void>((resolve) => (finished = resolve));
      await remove();
    },
  };
}
