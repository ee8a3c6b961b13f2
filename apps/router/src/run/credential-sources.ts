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
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { CredentialMethod, UserOf, UsersConfig } from "../config/auth-config.js";
import { createCredentialStore, type CredentialStores, type StoreOptions } from "../config/credential-stores.js";
import type { ServiceSessions } from "./service-sessions.js";
import { UsersFile } from "./users-file.js";

/** The realm whose credentials are opened, and what that needs. */
export interface CredentialContext {
  readonly realm: string;
  readonly roles: readonly string[];
  /** The folder that relative paths are resolved from. */
  readonly folder: string;
  readonly services: ServiceSessions;
  readonly logger: Logger;
  readonly clock: Clock;
}

const DYNAMIC: { readonly [M in CredentialMethod]: (source: CredentialSource) => CredentialStores[M] } = {
  ticket: dynamicTickets,
  wampcra: dynamicCra,
  "wamp-scram": dynamicWampScram,
  scram: dynamicScram,
  cryptosign: dynamicCryptosign,
  tls: dynamicTls,
};

/**
 * Opens the credential store of a method: users of the config, of a file, or of a procedure.
 *
 * @throws Error if the users file cannot be read or its users are invalid.
 */
export async function openCredentials<M extends CredentialMethod>(
  method: M,
  config: UsersConfig<UserOf<M>>,
  context: CredentialContext,
  options: StoreOptions = {},
): Promise<CredentialStores[M]> {
  const { users, file, procedure } = config;
  if (users !== undefined) return createCredentialStore(method, users, options);
  if (file !== undefined) return fileStore(method, file, context, options);
  const create: (source: CredentialSource) => CredentialStores[M] = DYNAMIC[method];
  return create(procedureSource(procedure ?? "", config, context));
}

function procedureSource(
  procedure: string,
  { realm, timeoutMs }: Pick<UsersConfig<never>, "realm" | "timeoutMs">,
  context: CredentialContext,
): CredentialSource {
  return askProcedure(
    // Looked up for each call: the realm of the procedure may open later.
    async (uri, payload) => context.services.in(realm ?? context.realm).call(uri, payload, { timeout: timeoutMs }),
    procedure,
    { maxWait: timeoutMs, clock: context.clock },
  );
}

async function fileStore<M extends CredentialMethod>(
  method: M,
  file: string,
  { folder, roles, logger }: CredentialContext,
  options: StoreOptions,
): Promise<CredentialStores[M]> {
  const opened = await UsersFile.open({
    method,
    options,
    file: resolve(folder, file),
    roles,
    onError: (error) => logger.error({ error, file }, "cannot read the users file; the users read before stay valid"),
  });
  const store = method === "ticket" ? fileTickets(opened as UsersFile<"ticket">) : fileCredentials(opened);
  return store as CredentialStores[M];
}

function fileTickets(file: UsersFile<"ticket">): TicketVerifier {
  return {
    provider: file.last.provider,
    verify: async (request, ticket) => (await file.current()).verify(request, ticket),
    find: async (request) => (await file.current()).find?.(request),
  };
}

function fileCredentials(file: UsersFile<CredentialMethod>): CredentialStore<Principal> {
  const credentials = (store: CredentialStores[CredentialMethod]) => store as CredentialStore<Principal>;
  return {
    provider: file.last.provider,
    find: async (request) => credentials(await file.current()).find(request),
    samples: () => credentials(file.last).samples?.() ?? [],
  };
}
