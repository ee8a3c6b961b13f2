import type { Id } from "@kreuz/codec";
import type { LocalSession, RealmContext, SessionInfo } from "@kreuz/router";
import { noSuchRealm } from "./arguments.js";
import type { AdminSource } from "./source.js";

/**
 * The sessions in which operators act in other realms: with their authid and their role, through the authorizer of that realm. One
 * for each operator's session and realm, opened when first needed; it ends with the operator's session.
 */
export class OperatorSessions {
  readonly #router: AdminSource["router"];
  readonly #byCaller = new Map<Id, Map<string, LocalSession>>();

  constructor(realm: RealmContext, { router }: AdminSource) {
    this.#router = router;
    realm.on("sessionLeft", ({ session }) => this.#close(session));
    realm.defer(() => [...this.#byCaller.keys()].forEach((session) => this.#close(session)));
  }

  /** @throws WampError `wamp.error.no_such_realm` */
  in(realm: string, { session, authid, authrole }: SessionInfo): LocalSession {
    const opened = this.#byCaller.get(session) ?? new Map<string, LocalSession>();
    const known = opened.get(realm);
    if (known?.state === "open") return known;
    if (this.#router.inspect(realm) === undefined) throw noSuchRealm(realm);
    const local = this.#router.connect(realm, { authid, authrole }, { authorized: true });
    this.#byCaller.set(session, opened.set(realm, local));
    return local;
  }

  #close(session: Id): void {
    for (const local of this.#byCaller.get(session)?.values() ?? []) void local.close();
    this.#byCaller.delete(session);
  }
}
