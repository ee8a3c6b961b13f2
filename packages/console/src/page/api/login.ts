import { CONSOLE_INFO_PATH, DEVELOPER, type ConsoleInfo, type NextToken } from "@kreuz/admin/contract";
import { argon2id } from "@kreuz/client/argon2id";
import { anonymous, cryptosign, scram, ticket, wampcra, type AuthMethod, type Session } from "@kreuz/client";

/** What somebody logs in with. The secret lives as long as this object, and is written nowhere. */
export interface Credentials {
  readonly authid: string;
  /** A ticket, a password, or the seed of a key in hex: what the method needs. */
  readonly secret: () => string;
}

/** Methods that a person can log in with by typing. */
const TYPED: Readonly<Record<string, (credentials: Credentials) => AuthMethod>> = {
  "wamp-scram": ({ authid, secret }) => scram({ authid, password: secret, argon2id }),
  wampcra: ({ authid, secret }) => wampcra(authid, secret),
  ticket: ({ authid, secret }) => ticket(authid, secret),
  cryptosign: ({ authid, secret }) => cryptosign({ authid, key: secret() }),
};

/** The methods of the router that the page can serve; the router chooses among those that a login offers. */
export function usableMethods({ methods }: ConsoleInfo): readonly string[] {
  return methods.filter((method) => method in TYPED || method === "anonymous");
}

/**
 * The methods to offer when somebody has chosen none. A key is not among them, unless there is nothing else: the router may ask for a
 * ticket instead, and nobody should send a key as one.
 */
export function offeredMethods(info: ConsoleInfo): readonly string[] {
  const usable = usableMethods(info);
  const withoutKeys = usable.filter((method) => method !== "cryptosign");
  return withoutKeys.length > 0 ? withoutKeys : usable;
}

/** @param methods - the names of the methods to offer, the preferred one first. */
export function authMethods(methods: readonly string[], credentials: Credentials): readonly AuthMethod[] {
  return methods.flatMap((method) => (method === "anonymous" ? anonymous() : (TYPED[method]?.(credentials) ?? [])));
}

/** The login of the one-time link. */
export function developerCredentials(token: () => string): Credentials {
  return { authid: DEVELOPER, secret: token };
}

/** The token for the next login, which the router sends with each one by token. */
export function nextToken(session: Session): string | undefined {
  const { token } = (session.details.authextra ?? {}) as Partial<NextToken>;
  return typeof token === "string" ? token : undefined;
}

/** Asks the listener that served the page how to log in. @throws Error when it does not tell. */
export async function fetchConsoleInfo(): Promise<ConsoleInfo> {
  const response = await fetch(`.${CONSOLE_INFO_PATH}`, { cache: "no-store" });
  if (!response.ok) throw new Error(`the router answered ${response.status} to ${CONSOLE_INFO_PATH}`);
  return (await response.json()) as ConsoleInfo;
}
