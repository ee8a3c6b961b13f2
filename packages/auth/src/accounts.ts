import { ConfigError, toBase64, type PeerCertificate } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import { fromHex, randomOctets, sameSecret } from "./bytes.js";
import type { CryptosignCredential } from "./cryptosign/cryptosign.js";
import { KEY_LENGTH } from "./cryptosign/keys.js";
import { Decoys } from "./challenge.js";
import { isTicketOf, parseTicketHash } from "./hashing.js";
import type { CredentialStore, Grant } from "./principal.js";
import type { TicketVerifier } from "./ticket.js";
import type { TlsCredential } from "./tls.js";

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

/** An account whose ticket is kept as it is. */
export interface PlainTicket extends Grant {
  readonly ticket: string;
}

/** An account whose ticket is kept as a hash, made by `hashTicket` or `kreuz hash ticket`. */
export interface HashedTicket extends Grant {
  readonly ticketHash: string;
}

export type TicketCredential = PlainTicket | HashedTicket;

/** Accounts in memory, for the method `ticket`. */
export class TicketAccounts implements TicketVerifier {
  readonly provider: string;
  readonly #accounts: AccountStore<TicketCredential>;
  readonly #decoys = new Decoys({});
  readonly #nobody: TicketCredential = { authrole: "", ticket: toBase64(randomOctets(32)) };

  /** @throws ConfigError for a hash that is none. */
  constructor(accounts: Accounts<TicketCredential>, options: AccountOptions = {}) {
    this.#accounts = new AccountStore(accounts, options);
    this.provider = this.#accounts.provider;
    for (const account of this.#accounts.samples()) if ("ticketHash" in account) parseTicketHash(account.ticketHash);
  }

  verify(request: AuthRequest, ticket: string): Grant | undefined | Promise<Grant | undefined> {
    const found = this.#accounts.find(request);
    // For a name that nobody has, the ticket of somebody is checked, so that it takes as long; picked for everybody.
    const somebody = this.#decoys.pick(this.#accounts.samples(), request, this.#nobody);
    const like = found ?? somebody;
    if ("ticketHash" in like) return isTicketOf(like.ticketHash, ticket).then((good) => (good ? found : undefined));
    return sameSecret(ticket, like.ticket) ? found : undefined;
  }
}

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

/** Whether a certificate is one of the account's. An account that names none has none. */
function ownsCertificate({ fingerprint, commonName }: TlsCredential, certificate: PeerCertificate): boolean {
  if (fingerprint === undefined && commonName === undefined) return false;
  return (
    (fingerprint === undefined || plain(fingerprint) === plain(certificate.fingerprint)) &&
    (commonName === undefined || commonName === certificate.commonName)
  );
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
