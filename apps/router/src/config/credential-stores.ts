import {
  AccountStore,
  type CraCredential,
  type CredentialStore,
  CryptosignAccounts,
  type CryptosignCredential,
  type Principal,
  type ScramCredential,
  type TicketAccountOptions,
  TicketAccounts,
  type TicketCredential,
  type TicketVerifier,
  TlsAccounts,
  type TlsCredential,
} from "@kreuz/auth";
import { checkScramRecord } from "@kreuz/auth/scram";
import { ConfigError } from "@kreuz/codec";
import type { CredentialMethod, User, UserOf } from "./auth-config.js";

/** The store that each method looks its clients up in. */
export interface CredentialStores {
  readonly ticket: TicketVerifier;
  readonly wampcra: CredentialStore<CraCredential>;
  readonly "wamp-scram": CredentialStore<ScramCredential>;
  readonly scram: CredentialStore<ScramCredential>;
  readonly cryptosign: CredentialStore<CryptosignCredential>;
  readonly tls: CredentialStore<TlsCredential>;
}

type Users<M extends CredentialMethod> = Readonly<Record<string, UserOf<M>>>;

/** What stores need besides their users. */
export type StoreOptions = Pick<TicketAccountOptions, "mockChallengeSecret" | "hashes">;

const CREATE: { readonly [M in CredentialMethod]: (users: Users<M>, options: StoreOptions) => CredentialStores[M] } = {
  ticket: (users, options) => new TicketAccounts(mapUsers(users, ticketCredential), options),
  wampcra: (users) => new AccountStore(mapUsers(users, credentialOf)),
  "wamp-scram": (users) => new AccountStore(mapUsers(users, scramCredential("wamp-scram", ["argon2id13", "pbkdf2"]))),
  scram: (users) => new AccountStore(mapUsers(users, scramCredential("scram", ["argon2id-13", "pbkdf2"]))),
  cryptosign: (users) => new CryptosignAccounts(mapUsers(users, credentialOf)),
  tls: (users) => new TlsAccounts(mapUsers(users, tlsCredential)),
};

/**
 * Creates the store of `@kreuz/auth` for users of a config.
 *
 * @throws ConfigError naming the user whose credential is invalid.
 */
export function createCredentialStore<M extends CredentialMethod>(
  method: M,
  users: Users<M>,
  options: StoreOptions = {},
): CredentialStores[M] {
  const create: (users: Users<M>, options: StoreOptions) => CredentialStores[M] = CREATE[method];
  return create(users, options);
}

function mapUsers<U extends User, C>(users: Readonly<Record<string, U>>, convert: (user: U) => C): Record<string, C> {
  const credentials: [string, C][] = [];
  for (const [name, user] of Object.entries(users)) {
    try {
      credentials.push([name, convert(user)]);
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(name, error.message) : error;
    }
  }
  return Object.fromEntries(credentials);
}

/** `T` with `undefined` removed from its fields. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function credentialOf<U extends User>({ role, extra, ...rest }: U): Principal & Defined<Omit<U, "role" | "extra">> {
  const fields = { ...rest, authextra: extra };
  const defined = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { authrole: role, ...defined } as Principal & Defined<Omit<U, "role" | "extra">>;
}

function ticketCredential(user: UserOf<"ticket">): TicketCredential {
  if ((user.ticket === undefined) === (user.ticketHash === undefined))
    throw new ConfigError("", "expected either ticket or ticketHash");
  return credentialOf(user) as TicketCredential;
}

function scramCredential(method: string, kdfs: readonly string[]): (user: UserOf<"scram">) => ScramCredential {
  return (user) => {
    if (!kdfs.includes(user.kdf))
      throw new ConfigError("kdf", `expected ${kdfs.join(" or ")} for ${method}, got ${user.kdf}`);
    const credential = credentialOf(user) as ScramCredential;
    checkScramRecord(credential);
    return credential;
  };
}

function tlsCredential(user: UserOf<"tls">): TlsCredential {
  if (user.fingerprint === undefined && user.commonName === undefined)
    throw new ConfigError("", "expected fingerprint or commonName");
  return credentialOf(user) as TlsCredential;
}
