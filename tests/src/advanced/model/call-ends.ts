import type { Id } from "@kreuz/codec";
import type { Plugin, RealmContext, SessionInfo } from "@kreuz/router";
import { check } from "@kreuz/testkit";

/** Hears, as a plugin, how calls end: each at most once, and every one that the router counts. */
export class CallEnds implements Plugin {
  readonly name = "call-ends";
  /** Calls that ended, and calls that were refused. */
  total = 0;
  readonly #open = new Set<string>();

  setup(realm: RealmContext): void {
    realm.on("callStarted", ({ caller, request }) => void this.#open.add(keyOf(caller, request)));
    realm.on("callEnded", ({ caller, request }) => {
      this.total++;
      this.#open.delete(keyOf(caller, request));
    });
    realm.on("actionRefused", (_session, { type }) => {
      if (type === "call") this.total++;
    });
  }

  /** @throws when a call that started has not ended, or when the router counted other ends. */
  check(counted: number): void {
    check(this.#open.size === 0, `calls that started and never ended: ${[...this.#open].join(", ")}`);
    check(this.total === counted, `the router counted ${counted} calls, and plugins heard of ${this.total} ends`);
  }
}

function keyOf({ session }: SessionInfo, request: Id): string {
  return `${session}/${request}`;
}
