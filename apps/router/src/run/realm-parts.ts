import type { ExtensionRef } from "@kreuz/codec";
import type { Plugin, RealmContext, RealmPart } from "@kreuz/router";

/**
 * The authenticators and authorizers of packages in one realm. Those that the config names as before stay as they are when it
 * is read again; new ones are set up before they are used.
 */
export class RealmParts {
  /** Sets up those of the start. */
  readonly plugin: Plugin;
  readonly #ready = new Map<string, RealmPart>();
  #waiting = new Map<string, RealmPart>();
  #realm: RealmContext | undefined;

  constructor() {
    this.plugin = {
      name: "kreuz-extensions",
      setup: async (realm) => {
        this.#realm = realm;
        await this.setUp();
      },
    };
  }

  /** @returns the part that is to be used: the one in use, if it was named by the same reference, or this one. */
  use<T extends RealmPart>(ref: ExtensionRef, made: T): T {
    const key = JSON.stringify(ref);
    const used = this.#ready.get(key);
    if (used !== undefined) return used as T;
    this.#waiting.set(key, made);
    return made;
  }

  /** Sets up the parts that are new. Rejects when one fails; then none of them is used. */
  async setUp(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    if (this.#realm === undefined) return;
    for (const part of waiting.values()) await part.setup?.(this.#realm);
    for (const [key, part] of waiting) this.#ready.set(key, part);
  }
}
