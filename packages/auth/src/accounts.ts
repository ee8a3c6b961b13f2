import { ConfigError, type PeerCertificate } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import { equalSecrets, fromHex } from "./bytes.js";
import { MockChallenges, type MockChallengeOptions } from "./challenge.js";
import type { CryptosignCredential } from "./cryptosign/cryptosign.js";
import { KEY_LENGTH } from "./cryptosign/keys.js";
import { HashQueue } from "./hash-queue.js";
import { checkTicketHash, verifyTicket } from "./hashing.js";
import type { CredentialStore, Principal } from "./principal.js";
import type { TicketVerifier } from "./ticket.js";
import type { TlsCredential } from "./tls.js";

/** Accounts by authid. */
export type Accounts<C> = Readonly<Record<string, C>>;

/** Settings of the stores that hold their accounts in memory. */
export interface AccountOptions {
  /** Sent as `WELCOME.Details.authprovider`. Default `static`. */
  readonly provider?: string;
}

/** Accounts in memory, found by the authid that the client asks for. For WAMP-CRA and SCRAM. */
export class AccountStore<C extends Principal> implements CredentialStore<C> {
  readonly provider: string;
  readonly #accounts: ReadonlyMap<string, C>;
  readonly #samples: readonly C[];

  constructor(accounts: Accounts<C>, { provider = "static" }: AccountOptions = {}) {
    this.provider = provider;
    // A Map, because an object has inherited keys: the authid `constructor` must find nothing.
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

/** An account with its ticket in clear. */
export interface PlainTicket extends Principal {
  readonly ticket: string;
}

/** An account with the hash of its ticket, made by `hashTicket` or `kreuz hash ticket`. */
export interface HashedTicket extends Principal {
  readonly ticketHash: string;
}

export type TicketCredential = PlainTicket | HashedTicket;

/** Settings of {@link TicketAccounts}. */
export interface TicketAccountOptions extends AccountOptions, MockChallengeOptions {
  /** Computes the hashes. Share one between all stores of a process. Default: one of its own. */
  readonly hashes?: HashQueue;
}

const NO_ACCOUNT: TicketCredential = { authrole: "", ticket: "" };

/** Accounts in memory, for the method `ticket`. */
export class TicketAccounts implements TicketVerifier {
  readonly provider: string;
  readonly #accounts: AccountStore<TicketCredential>;
  readonly #mocks: MockChallenges;
  readonly #hashes: HashQueue;

  /** @throws ConfigError when a `ticketHash` is malformed. */
  constructor(accounts: Accounts<TicketCredential>, options: TicketAccountOptions = {}) {
    this.#accounts = new AccountStore(accounts, options);
    this.#mocks = new MockChallenges(options);
    this.#hashes = options.hashes ?? new HashQueue();
    this.provider = this.#accounts.provider;
    for (const account of this.#accounts.samples()) if ("ticketHash" in account) checkTicketHash(account.ticketHash);
  }

  find(request: AuthRequest): Principal | undefined {
    return this.#accounts.find(request);
  }

  verify(request: AuthRequest, ticket: string): Principal | undefined | Promise<Principal | undefined> {
    const found = this.#accounts.find(request);
    // An unknown name is checked against another account, so that the answer takes as long as for a known one.
    const sample = this.#mocks.pick(this.#accounts.samples(), request, NO_ACCOUNT);
    const account = found ?? sample;
    if ("ticketHash" in account) {
      const { ticketHash } = account;
      const verified = this.#hashes.run(request, () => verifyTicket(ticketHash, ticket));
      return verified.then((ok) => (ok ? found : undefined));
    }
    return equalSecrets(ticket, account.ticket) ? found : undefined;
  }
}

/** Accounts in memory, found by authid, or by public key when the client sends no authid. */
export class CryptosignAccounts implements CredentialStore<CryptosignCredential> {
  readonly provider: string;
  readonly #accounts: AccountStore<CryptosignCredential>;
  readonly #byKey = new Map<string, CryptosignCredential[]>();

  /** @throws ConfigError when a public key is not 64 hex digits. */
  constructor(accounts: Accounts<CryptosignCredential>, options: AccountOptions = {}) {
    this.#accounts = new AccountStore(accounts, options);
    this.provider = this.#accounts.provider;
    for (const [authid, account] of Object.entries(accounts)) {
      for (const [index, key] of account.keys.entries())
        this.#add(key, { authid, ...account }, `${authid}.keys[${index}]`);
    }
  }

  samples(): readonly CryptosignCredential[] {
    return this.#accounts.samples();
  }

  find(request: AuthRequest): CryptosignCredential | undefined {
    if (request.authid !== undefined) return this.#accounts.find(request);
    const pubkey = request.authextra?.["pubkey"];
    const owners = typeof pubkey === "string" ? (this.#byKey.get(pubkey.toLowerCase()) ?? []) : [];
    // A key that two accounts share does not identify either.
    return owners.length === 1 ? owners[0] : undefined;
  }

  #add(key: string, account: CryptosignCredential, path: string): void {
    if (fromHex(key, KEY_LENGTH) === undefined)
      throw new ConfigError(path, `expected an Ed25519 public key of 64 hex digits, got ${key.length} characters`);
    const name = key.toLowerCase();
    this.#byKey.set(name, [...(this.#byKey.get(name) ?? []), account]);
  }
}

/** Accounts in memory, found by certificate, and by authid as well when the client sends one. */
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
      ([name, account]) => (authid === undefined || authid === name) && matches(account, certificate),
    );
    const [owner] = owners;
    // A certificate that two accounts share does not identify either.
    return owners.length !== 1 || owner === undefined ? undefined : { authid: owner[0], ...owner[1] };
  }
}

/** An account that names neither fingerprint nor common name matches no certificate. */
function matches({ fingerprint, commonName }: TlsCredential, certificate: PeerCertificate): boolean {
  if (fingerprint === undefined && commonName === undefined) return false;
  return (
    (fingerprint === undefined || normalized(fingerprint) === normalized(certificate.fingerprint)) &&
    (commonName === undefined || commonName === certificate.commonName)
  );
}

function normalized(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
