import { ConfigError } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import { fromHex } from "../bytes.js";
import { KEY_LENGTH } from "../cryptosign/keys.js";
import type { CryptosignCredential } from "../cryptosign/cryptosign.js";
import type { CredentialStore } from "../principal.js";
import { AccountStore, type AccountOptions, type Accounts } from "../accounts.js";

/** Accounts in memory, found by authid, or by public key for a client that shows nothing else. */
export class CryptosignAccounts implements CredentialStore<CryptosignCredential> {
  readonly provider: string;
  readonly #accounts: AccountStore<CryptosignCredential>;
  readonly #byKey = new Map<string, CryptosignCredential[]>();

  /** @throws ConfigError for a key that is none. */
  constructor(accounts: Accounts<CryptosignCredential>, options: AccountOptions = {}) {
    this.#accounts = new AccountStore(accounts, options);
    this.provider = this.#accounts.provider;
    for (const [authid, account] of Object.entries(accounts)) {
      for (const [index, key] of account.keys.entries())
        this.#add(key, { authid, ...account }, `${authid}.keys[${index}]`);
    }
  }

  find(request: AuthRequest): CryptosignCredential | undefined {
    if (request.authid !== undefined) return this.#accounts.find(request);
    const pubkey = request.authextra?.["pubkey"];
    const owners = typeof pubkey === "string" ? (this.#byKey.get(pubkey.toLowerCase()) ?? []) : [];
    // A key that two accounts share says nothing about which of them it is.
    return owners.length === 1 ? owners[0] : undefined;
  }

  #add(key: string, account: CryptosignCredential, path: string): void {
    if (fromHex(key, KEY_LENGTH) === undefined) throw new ConfigError(path, "expected a public key of 64 hex digits");
    const name = key.toLowerCase();
    this.#byKey.set(name, [...(this.#byKey.get(name) ?? []), account]);
  }
}
