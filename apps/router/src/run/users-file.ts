import { readFile, stat } from "node:fs/promises";
import { parse } from "yaml";
import { storeOf, type Stores } from "../config/credential-stores.js";
import type { AccountMethod } from "../config/auth-config.js";
import { checkUsers } from "../config/check-auth.js";
import { formatPath } from "../config/config-path.js";
import { schemaProblems } from "../config/validate.js";
import { USER_SCHEMAS, type UserOf, usersSchema } from "../config/user-schemas.js";

/** What a file of users is read for. */
export interface AccountFileOptions<M extends AccountMethod> {
  readonly method: M;
  readonly file: string;
  readonly roles: readonly string[];
  /** Told of a file that cannot be used; what was read before goes on to count. */
  readonly onError: (error: Error) => void;
}

/** Users of one method in a file, YAML or JSON. It is looked at for each login, and read again when it has changed. */
export class AccountFile<M extends AccountMethod> {
  readonly #options: AccountFileOptions<M>;
  #store: Stores[M];
  #version: string;
  #refreshing: Promise<void> | undefined;

  private constructor(options: AccountFileOptions<M>, store: Stores[M], version: string) {
    this.#options = options;
    this.#store = store;
    this.#version = version;
  }

  /** @throws Error when the file cannot be read, or is wrong. */
  static async open<M extends AccountMethod>(options: AccountFileOptions<M>): Promise<AccountFile<M>> {
    const version = await versionOf(options.file);
    return new AccountFile(options, await read(options), version);
  }

  /** The users as they were read last. */
  get last(): Stores[M] {
    return this.#store;
  }

  /** The users as the file has them now. */
  async current(): Promise<Stores[M]> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
    return this.#store;
  }

  async #refresh(): Promise<void> {
    const version = await versionOf(this.#options.file).catch((error: Error) => error.message);
    if (version === this.#version) return;
    // Also when it is wrong: it is told once, and not for each login.
    this.#version = version;
    try {
      this.#store = await read(this.#options);
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

async function versionOf(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}

async function read<M extends AccountMethod>({ method, file, roles }: AccountFileOptions<M>): Promise<Stores[M]> {
  const value: unknown = parse(await readFile(file, "utf8"));
  const schema = usersSchema(USER_SCHEMAS[method]);
  const { success, data, error } = schema.safeParse(value, { reportInput: true });
  if (!success) {
    const problems = schemaProblems(error.issues).map(({ path, message }) => `${formatPath(path)}: ${message}`);
    throw new Error(`${file}: ${problems.join("; ")}`);
  }
  const wrong: string[] = [];
  checkUsers(method, data, roles, (path, message) => wrong.push(`${formatPath(path)}: ${message}`));
  if (wrong.length > 0) throw new Error(`${file}: ${wrong.join("; ")}`);
  return storeOf(method, data as Readonly<Record<string, UserOf<M>>>);
}
