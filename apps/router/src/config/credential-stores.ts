import {
  AccountStore,
  type CraCredential,
  type CredentialStore,
  CryptosignAccounts,
  type CryptosignCredential,
  type Principal,
  type ScramCredential,
  TicketAccounts,
  type TicketCredential,
  type TicketVerifier,
  TlsAccounts,
  type TlsCredential,
} from "@kreuz/auth";
import { checkScramRecord } from "@kreuz/auth/scram";
import { ConfigError } from "@kreuz/codec";
import type { AccountMethod, User } from "./auth-config.js";
import type { UserOf } from "./user-schemas.js";

/** Accounts as a config has them, in the words of `@kreuz/auth`. */

/** What a method asks about its clients. */
export interface Stores {
  readonly ticket: TicketVerifier;
  readonly wampcra: CredentialStore<CraCredential>;
  readonly "wamp-scram": CredentialStore<ScramCredential>;
  readonly scram: CredentialStore<ScramCredential>;
  readonly cryptosign: CredentialStore<CryptosignCredential>;
  readonly tls: CredentialStore<TlsCredential>;
}

type Users<M extends AccountMethod> = Readonly<Record<string, UserOf<M>>>;

const MAKERS: { readonly [M in AccountMethod]: (users: Users<M>) => Stores[M] } = {
  ticket: (users) => new TicketAccounts(each(users, ticketOf)),
  wampcra: (users) => new AccountStore(each(users, present)),
  "wamp-scram": (users) => new AccountStore(each(users, (user) => scramOf(user, ["argon2id13", "pbkdf2"]))),
  scram: (users) => new AccountStore(each(users, (user) => scramOf(user, ["argon2id-13", "pbkdf2"]))),
  cryptosign: (users) => new CryptosignAccounts(each(users, present)),
  tls: (users) => new TlsAccounts(each(users, tlsOf)),
};

/** @throws ConfigError naming the user, when the account is broken. */
export function storeOf<M extends AccountMethod>(method: M, users: Users<M>): Stores[M] {
  const make: (users: Users<M>) => Stores[M] = MAKERS[method];
  return make(users);
}

function each<U extends User, C>(users: Readonly<Record<string, U>>, make: (user: U) => C): Record<string, C> {
  const accounts: [string, C][] = [];
  for (const [name, user] of Object.entries(users)) {
    try {
      accounts.push([name, make(user)]);
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(name, error.message) : error;
    }
  }
  return Object.fromEntries(accounts);
}

/** The optional fields that are there. */
type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function present<U extends User>({ role, extra, ...rest }: U): Principal & Present<Omit<U, "role" | "extra">> {
  const fields = { ...rest, authextra: extra };
  const there = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { authrole: role, ...there } as Principal & Present<Omit<U, "role" | "extra">>;
}

function ticketOf(user: UserOf<"ticket">): TicketCredential {
  if ((user.ticket === undefined) === (user.ticketHash === undefined))
    throw new ConfigError("", "expected either ticket or ticketHash");
  return present(user) as TicketCredential;
}

function scramOf(user: UserOf<"scram">, kdfs: readonly string[]): ScramCredential {
  if (!kdfs.includes(user.kdf)) throw new ConfigError("kdf", `expected ${kdfs.join(" or ")} here, got ${user.kdf}`);
  const credential = present(user) as ScramCredential;
  checkScramRecord(credential);
  return credential;
}

function tlsOf(user: UserOf<"tls">): TlsCredential {
  if (user.fingerprint === undefined && user.commonName === undefined)
    throw new ConfigError("", "expected fingerprint or commonName");
  return present(user) as TlsCredential;
}
