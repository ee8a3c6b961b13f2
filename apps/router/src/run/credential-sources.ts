import { resolve } from "node:path";
import {
  askProcedure,
  type CredentialSource,
  type CredentialStore,
  dynamicCra,
  dynamicCryptosign,
  dynamicScram,
  dynamicTickets,
  dynamicTls,
  dynamicWampScram,
  type Principal,
  type TicketVerifier,
} from "@kreuz/auth";
import type { Logger } from "@kreuz/router";
import { storeOf, type Stores } from "../config/credential-stores.js";
import type { AccountMethod, AccountsConfig } from "../config/auth-config.js";
import type { UserOf } from "../config/user-schemas.js";
import { AccountFile } from "./users-file.js";
import type { ServiceSessions } from "./service-sessions.js";

/** Where the accounts of one realm come from. */
export interface AccountSurroundings {
  readonly realm: string;
  readonly roles: readonly string[];
  /** The folder that relative paths start from. */
  readonly folder: string;
  readonly services: ServiceSessions;
  readonly logger: Logger;
}

const DYNAMIC: { readonly [M in AccountMethod]: (source: CredentialSource) => Stores[M] } = {
  ticket: dynamicTickets,
  wampcra: dynamicCra,
  "wamp-scram": dynamicWampScram,
  scram: dynamicScram,
  cryptosign: dynamicCryptosign,
  tls: dynamicTls,
};

/**
 * What a method asks about its clients: the users of the config, those of a file, or a procedure.
 *
 * @throws Error when the file cannot be used.
 */
export async function accountsOf<M extends AccountMethod>(
  method: M,
  config: AccountsConfig<UserOf<M>>,
  surroundings: AccountSurroundings,
): Promise<Stores[M]> {
  const { users, file, procedure } = config;
  if (users !== undefined) return storeOf(method, users);
  if (file !== undefined) return fileStore(method, file, surroundings);
  const ask: (source: CredentialSource) => Stores[M] = DYNAMIC[method];
  return ask(procedureSource(procedure ?? "", config, surroundings));
}

function procedureSource(
  procedure: string,
  { realm, timeoutMs }: Pick<AccountsConfig<never>, "realm" | "timeoutMs">,
  surroundings: AccountSurroundings,
): CredentialSource {
  return askProcedure(
    // The session is asked for each time: the realm of the procedure may not be open yet.
    async (uri, payload) =>
      surroundings.services.in(realm ?? surroundings.realm).call(uri, payload, { timeout: timeoutMs }),
    procedure,
  );
}

async function fileStore<M extends AccountMethod>(
  method: M,
  file: string,
  { folder, roles, logger }: AccountSurroundings,
): Promise<Stores[M]> {
  const opened = await AccountFile.open({
    method,
    file: resolve(folder, file),
    roles,
    onError: (error) => logger.error({ error, file }, "the file of users is wrong: the old ones go on to count"),
  });
  const store = method === "ticket" ? fileTickets(opened as AccountFile<"ticket">) : fileCredentials(opened);
  return store as Stores[M];
}

function fileTickets(file: AccountFile<"ticket">): TicketVerifier {
  return {
    provider: file.last.provider,
    verify: async (request, ticket) => (await file.current()).verify(request, ticket),
  };
}

function fileCredentials(file: AccountFile<AccountMethod>): CredentialStore<Principal> {
  const credentials = (store: Stores[AccountMethod]) => store as CredentialStore<Principal>;
  return {
    provider: file.last.provider,
    find: async (request) => credentials(await file.current()).find(request),
    samples: () => credentials(file.last).samples?.() ?? [],
  };
}
