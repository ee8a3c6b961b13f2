import type { ScramKdf } from "@kreuz/auth";

/** The ways into a realm, by authentication method. */
export interface AuthConfig {
  readonly anonymous?: { readonly role: string } | undefined;
  readonly ticket?: AccountsConfig<TicketUser> | undefined;
  readonly wampcra?: AccountsConfig<CraUser> | undefined;
  readonly "wamp-scram"?: AccountsConfig<ScramUser> | undefined;
  readonly scram?: AccountsConfig<ScramUser> | undefined;
  readonly cryptosign?: CryptosignConfig | undefined;
  readonly tls?: AccountsConfig<TlsUser> | undefined;
  readonly cookie?: Readonly<Record<string, never>> | undefined;
  readonly attempts?: AttemptsConfig | undefined;
  readonly mockChallengeSecret?: string | undefined;
}

/** Methods whose accounts are written down somewhere. */
export const ACCOUNT_METHODS = ["ticket", "wampcra", "wamp-scram", "scram", "cryptosign", "tls"] as const;
export type AccountMethod = (typeof ACCOUNT_METHODS)[number];

/** Where the accounts of a method are: here, in a file, or known to a procedure. Exactly one of them is there. */
export interface AccountsConfig<U extends User> {
  readonly users?: Readonly<Record<string, U>> | undefined;
  /** Relative to the config file. */
  readonly file?: string | undefined;
  readonly procedure?: string | undefined;
  /** Of the procedure. Absent: the realm that the client wants to join. */
  readonly realm?: string | undefined;
  readonly timeoutMs: number;
}

export interface CryptosignConfig extends AccountsConfig<CryptosignUser> {
  readonly channelBinding: "optional" | "required";
  readonly routerKey?: string | undefined;
}

export interface User {
  readonly role: string;
  /** Absent: the name that the client logs in with. */
  readonly authid?: string | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export interface TicketUser extends User {
  readonly ticket?: string | undefined;
  readonly ticketHash?: string | undefined;
}

export interface CraUser extends User {
  readonly secret: string;
  readonly salt?: string | undefined;
  readonly iterations?: number | undefined;
  readonly keylen?: number | undefined;
}

export interface ScramUser extends User {
  readonly kdf: ScramKdf;
  readonly salt: string;
  readonly iterations: number;
  readonly memory?: number | undefined;
  readonly storedKey: string;
  readonly serverKey: string;
}

export interface CryptosignUser extends User {
  readonly keys: readonly string[];
}

export interface TlsUser extends User {
  readonly fingerprint?: string | undefined;
  readonly commonName?: string | undefined;
}

export interface AttemptsConfig {
  readonly perAddress: AttemptConfig | false;
  readonly perAuthid: AttemptConfig | false;
}

export interface AttemptConfig {
  readonly failures: number;
  readonly windowMs: number;
}

/** Cookies of the WebSocket transports, for the method `cookie`. */
export interface CookiesConfig {
  readonly name?: string | undefined;
  readonly maxAgeMs: number;
  readonly maxCookies: number;
  readonly sameSite: "Strict" | "Lax" | "None";
  readonly secure?: boolean | undefined;
}
