import { ADMIN, type RealmState, type RouterState } from "@kreuz/admin/contract";
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { problemOf } from "../api/problem.js";
import type { RouterApi } from "../api/router-api.js";

/** What the router is and which realms it has. */
export class RouterWatch {
  readonly #api: RouterApi;
  readonly #state: Signal<RouterState | undefined> = signal(undefined);
  readonly #problem: Signal<string | undefined> = signal(undefined);

  constructor(api: RouterApi) {
    this.#api = api;
  }

  get state(): ReadonlySignal<RouterState | undefined> {
    return this.#state;
  }

  get problem(): ReadonlySignal<string | undefined> {
    return this.#problem;
  }

  async refresh(): Promise<void> {
    try {
      this.#state.value = await this.#api.ask(ADMIN.getRouter, []);
      this.#problem.value = undefined;
    } catch (error) {
      this.#problem.value = problemOf(error);
    }
  }

  /** Whether several nodes serve the realms together. */
  get isClustered(): boolean {
    return this.#state.value?.nodes !== undefined;
  }

  /** The realm of a name; without one, the first realm of clients. */
  realm(name: string | undefined): RealmState | undefined {
    const realms = this.#state.value?.realms ?? [];
    if (name !== undefined) return realms.find((realm) => realm.name === name);
    return realms.find(({ management }) => !management) ?? realms[0];
  }
}
