import type { Plugin, RealmContext } from "@kreuz/router";

/** A plugin that hands its view of the realm to the test. */
export class Probe implements Plugin {
  readonly name = "probe";
  #realm: RealmContext | undefined;

  get realm(): RealmContext {
    if (this.#realm === undefined) throw new Error("the probe's realm is not open");
    return this.#realm;
  }

  setup(realm: RealmContext): void {
    this.#realm = realm;
  }

  /** How many sessions, subscriptions and registrations the realm holds. */
  async counts(): Promise<{ sessions: number; subscriptions: number; registrations: number }> {
    const { sessions, subscriptions, registrations } = this.realm;
    return {
      sessions: await sessions.count(),
      subscriptions: (await subscriptions.list()).length,
      registrations: (await registrations.list()).length,
    };
  }
}
