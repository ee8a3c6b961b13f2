import type { AuthRequest } from "@kreuz/router";
import type { CredentialStore, Grant } from "./principal.js";

/** Accounts by authid. */
export type Accounts<C> = Readonly<Record<string, C>>;

/** Settings of stores that hold their accounts in memory. */
export interface AccountOptions {
  /** Goes out as `WELCOME.Details.authprovider`. Default `static`. */
  readonly provider?: string;
}

/** Accounts in memory, found by the authid that the client asks for. For WAMP-CRA and SCRAM. */
export class AccountStore<C extends Grant> implements CredentialStore<C> {
  readonly provider: string;
  readonly #accounts: ReadonlyMap<string, C>;
  readonly #samples: readonly C[];

  constructor(accounts: Accounts<C>, { provider = "static" }: AccountOptions = {}) {
    this.provider = provider;
    // A map: on an object, an authid such as `constructor` would find what nobody put there.
    this.#accounts = new Map(Object.entries(accounts));
    this.#samples = [...this.#accounts.values()];
  }

  find({ authid }: AuthRequest): C | undefined {
    return authid === undefined ? undefined : this.#accounts.get(authid);
  }

  samples(): readonly C[] {
    return this.#samples;
  }
}
