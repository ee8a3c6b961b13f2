import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { parse } from "yaml";
import type { CredentialMethod, UserOf } from "../config/auth-config.js";
import { USER_SCHEMAS, usersSchema } from "../config/auth-schema.js";
import { checkUsers } from "../config/check-auth.js";
import { type ConfigPath, formatPath } from "../config/config-problem.js";
import { createCredentialStore, type CredentialStores, type StoreOptions } from "../config/credential-stores.js";
import { expand } from "../config/expand.js";
import { validate } from "../config/validate.js";

export interface UsersFileOptions<M extends CredentialMethod> {
  readonly method: M;
  readonly options: StoreOptions;
  readonly file: string;
  /** Roles that users may have. */
  readonly roles: readonly string[];
  /** Called if the file changed and cannot be used; the users read before stay valid. */
  readonly onError: (error: Error) => void;
}

/** A YAML or JSON file with the users of one method. Checked at each login and read again if it changed. */
export class UsersFile<M extends CredentialMethod> {
  readonly #options: UsersFileOptions<M>;
  #store: CredentialStores[M];
  #version: string;
  #refreshing: Promise<void> | undefined;

  private constructor(options: UsersFileOptions<M>, store: CredentialStores[M], version: string) {
    this.#options = options;
    this.#store = store;
    this.#version = version;
  }

  /** @throws Error if the file cannot be read or its users are invalid. */
  static async open<M extends CredentialMethod>(options: UsersFileOptions<M>): Promise<UsersFile<M>> {
    const version = await versionOf(options.file);
    return new UsersFile(options, await readUsers(options), version);
  }

  /** The users as last read. */
  get last(): CredentialStores[M] {
    return this.#store;
  }

  /** The users that the file has now. */
  async current(): Promise<CredentialStores[M]> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
    return this.#store;
  }

  async #refresh(): Promise<void> {
    const version = await versionOf(this.#options.file).catch((error: Error) => error.message);
    if (version === this.#version) return;
    // Set even for an invalid file, so that it is reported once and not at each login.
    this.#version = version;
    try {
      this.#store = await readUsers(this.#options);
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

async function versionOf(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}

async function readUsers<M extends CredentialMethod>(options: UsersFileOptions<M>): Promise<CredentialStores[M]> {
  const { method, file, roles } = options;
  const messages: string[] = [];
  const report = (path: ConfigPath, message: string): unknown => messages.push(`${formatPath(path)}: ${message}`);
  const text: unknown = parse(await readFile(file, "utf8"));
  const expanded = expand(text, { env: process.env, folder: dirname(file), report });
  const { value, problems } = validate(usersSchema(USER_SCHEMAS[method]), expanded.value, ["users"]);
  if (value === undefined) for (const { path, message } of problems) report(path, message);
  else checkUsers(method, value, roles, report);
  if (messages.length > 0) throw new Error(`${file}: ${messages.join("; ")}`);
  return createCredentialStore(method, value as Readonly<Record<string, UserOf<M>>>, options.options);
}
