import type { Authenticator, Plugin, RealmContext } from "@kreuz/router";
import type { RealmAuthentication } from "./realm-authentication.js";

/** The authentication of an open realm, which a reload replaces as a whole. */
export class LiveAuthentication {
  /** The router keeps this list, and looks into it at each login. */
  readonly authenticators: Authenticator[];
  /** Sets up the plugins that belong to the authenticators. */
  readonly plugin: Plugin;
  readonly #plugins: readonly Plugin[];
  #realm: RealmContext | undefined;

  constructor({ authenticators, plugins }: RealmAuthentication) {
    this.authenticators = [...authenticators];
    this.#plugins = plugins;
    this.plugin = {
      name: "kreuz-authentication",
      setup: async (realm) => {
        this.#realm = realm;
        for (const plugin of this.#plugins) await plugin.setup(realm);
      },
    };
  }

  /** Logins under way go on as they began. What earlier plugins do for the sessions that are there stays. */
  replace({ authenticators, plugins }: RealmAuthentication): void {
    this.authenticators.splice(0, Infinity, ...authenticators);
    if (this.#realm !== undefined) for (const plugin of plugins) void plugin.setup(this.#realm);
  }
}
