import type { ScramKdf } from "@kreuz/auth";
import type { ExtensionRef } from "@kreuz/codec";

/** The authentication methods of a realm. */
export interface AuthConfig {
  readonly anonymous?: { readonly role: string } | undefined;
  readonly ticket?: UsersConfig<TicketUser> | undefined;
  readonly wampcra?: UsersConfig<CraUser> | undefined;
  readonly "wamp-scram"?: UsersConfig<ScramUser> | undefined;
  readonly scram?: UsersConfig<ScramUser> | undefined;
  readonly cryptosign?: CryptosignConfig | undefined;
  readonly tls?: UsersConfig<TlsUser> | undefined;
  readonly cookie?: Readonly<Record<string, never>> | undefined;
  readonly attempts?: AttemptsConfig | undefined;
  readonly mockChallengeSecret?: string | undefined;
  /** Methods of packages, by the name of the method; in a file they stand beside the others. */
  readonly extensions?: Readonly<Record<string, ExtensionRef>> | undefined;
}

/** Methods that look up a user's credential. */
export const CREDENTIAL_METHODS = ["ticket", "wampcra", "wamp-scram", "scram", "cryptosign", "tls"] as const;
export type CredentialMethod = (typeof CREDENTIAL_METHODS)[number];

/** Where the users of a method come from: the config, a file or a procedure. Exactly one is present. */
export interface UsersConfig<U extends User> {
  readonly users?: Readonly<Record<string, U>> | undefined;
  /** Relative to the config file. */
  readonly file?: string | undefined;
  readonly procedure?: string | undefined;
  /** Realm of the procedure. Absent: the realm that the client joins. */
  readonly realm?: string | undefined;
  readonly timeoutMs: number;
}

export interface CryptosignConfig extends UsersConfig<CryptosignUser> {
  readonly channelBinding: "optional" | "required";
  readonly routerKey?: string | undefined;
}

/** What users of every method have. */
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

interface Users {
  readonly ticket: TicketUser;
  readonly wampcra: CraUser;
  readonly "wamp-scram": ScramUser;
  readonly scram: ScramUser;
  readonly cryptosign: CryptosignUser;
  readonly tls: TlsUser;
}

/** A user of one method. */
export type UserOf<M extends CredentialMethod> = Users[M];

/** Limits of failed login attempts; false for no limit. */
export interface AttemptsConfig {
  readonly perAuthidAtAddress: AttemptLimitConfig | false;
  readonly perAddress: AttemptLimitConfig | false;
  readonly perAuthid: AttemptLimitConfig | false;
}

export interface AttemptLimitConfig {
  readonly failures: number;
  readonly windowMs: number;
}

/** Cookies that the transports set, for the method `cookie`. */
export interface CookiesConfig {
  readonly name?: string | undefined;
  readonly maxAgeMs: number;
  readonly maxCookies: number;
  readonly sameSite: "Strict" | "Lax" | "None";
  readonly secure?: boolean | undefined;
  /** Folder that keeps them across restarts, relative to the config file. */
  readonly path?: string | undefined;
}
