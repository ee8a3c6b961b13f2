import type { AuthRequest } from "@kreuz/router";
import type { CredentialStore } from "../principal.js";
import { ownsCertificate, type TlsCredential } from "../tls.js";
import type { AccountOptions, Accounts } from "../accounts.js";

/** Accounts in memory, found by their certificate, and by the authid too where the client asks for one. */
export class TlsAccounts implements CredentialStore<TlsCredential> {
  readonly provider: string;
  readonly #accounts: readonly (readonly [string, TlsCredential])[];

  constructor(accounts: Accounts<TlsCredential>, { provider = "static" }: AccountOptions = {}) {
    this.provider = provider;
    this.#accounts = Object.entries(accounts);
  }

  find({ authid, evidence: { certificate } }: AuthRequest): TlsCredential | undefined {
    if (certificate === undefined) return undefined;
    const owners = this.#accounts.filter(
      ([name, account]) => (authid === undefined || authid === name) && ownsCertificate(account, certificate),
    );
    const [owner] = owners;
    // A certificate that two accounts share says nothing about which of them it is.
    return owners.length !== 1 || owner === undefined ? undefined : { authid: owner[0], ...owner[1] };
  }
}
