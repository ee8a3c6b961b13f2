import type { RealmInspection } from "@kreuz/router";
import { noSuchRealm } from "./arguments.js";
import type { RealmState } from "./contract.js";
import type { AdminSource } from "./source.js";

/** The realms of the router, the management realm last. */
export class Realms {
  readonly #router: AdminSource["router"];
  readonly #management: string;

  constructor({ router }: AdminSource, management: string) {
    this.#router = router;
    this.#management = management;
  }

  get names(): readonly string[] {
    const others = this.#router.realms.filter((name) => name !== this.#management);
    return [...others, this.#management];
  }

  /** @throws WampError `wamp.error.no_such_realm` */
  get(name: string): RealmInspection {
    const realm = this.#router.inspect(name);
    if (realm === undefined) throw noSuchRealm(name);
    return realm;
  }

  get states(): readonly RealmState[] {
    return this.names.flatMap((name) => {
      const counts = this.#router.counts(name);
      if (counts === undefined) return [];
      const { sessions, subscriptions, registrations, pendingCalls } = counts;
      return {
        name,
        management: name === this.#management,
        sessions,
        subscriptions,
        registrations,
        callsPending: pendingCalls,
        roles: this.#router.inspect(name)?.roles ?? [],
      };
    });
  }
}
