import type { LocalSession, Router } from "@kreuz/router";

/**
 * The sessions by which the router itself asks procedures in its realms. Nobody is asked whether they may: or the
 * question whether a call is allowed would lead to another one.
 */
export class ServiceSessions {
  readonly #router: Router;
  readonly #sessions = new Map<string, LocalSession>();

  constructor(router: Router) {
    this.#router = router;
  }

  /**
   * The session of a realm; opened when it is first needed.
   * @throws ConfigError when there is no such realm.
   */
  in(realm: string): LocalSession {
    const known = this.#sessions.get(realm);
    if (known !== undefined) return known;
    const opened = this.#router.connect(realm, { authid: "kreuz", authrole: "router" });
    this.#sessions.set(realm, opened);
    return opened;
  }
}
