import type { LocalSession, Router } from "@kreuz/router";

/**
 * The sessions by which the router calls procedures in its own realms, one per realm. They are not subject to
 * authorization: a call to an authorizer would need the authorizer again.
 */
export class ServiceSessions {
  readonly #router: Router;
  readonly #sessions = new Map<string, LocalSession>();

  constructor(router: Router) {
    this.#router = router;
  }

  /**
   * The session in a realm, opened on first use.
   *
   * @throws ConfigError if there is no such realm.
   */
  in(realm: string): LocalSession {
    const known = this.#sessions.get(realm);
    if (known !== undefined) return known;
    const opened = this.#router.connect(realm, { authid: "kreuz", authrole: "router" });
    this.#sessions.set(realm, opened);
    return opened;
  }
}
