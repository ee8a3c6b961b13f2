import {
  ErrorUri,
  isPatternUri,
  isReservedUri,
  isUri,
  WampError,
  type Dict,
  type Id,
  type MatchPolicy,
  type Uri,
} from "@kreuz/codec";
import {
  atMostArguments,
  choiceArgument,
  dictArgument,
  idArgument,
  optionalArgument,
  stringArgument,
  type Directory,
  type ProcedureCall,
  type RegistrationInfo,
  type SessionDirectory,
  type SubscriptionInfo,
} from "@kreuz/router";

const POLICIES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

/** The specification's names for one of the two directories, and its error. */
export interface DirectoryTerms {
  /** `registration` or `subscription`. */
  readonly entry: string;
  /** Name of the URI argument: `procedure` or `topic`. */
  readonly uri: string;
  /** Name of a session on an entry: `callee` or `subscriber`. */
  readonly member: string;
  /** URI of the error for an unknown id. */
  readonly missing: Uri;
}

/** The procedures that both meta APIs have, on registrations or on subscriptions. They check their arguments. */
export class DirectoryProcedures<T extends SubscriptionInfo> {
  readonly #directory: Directory<T>;
  readonly #sessions: SessionDirectory;
  readonly #terms: DirectoryTerms;

  constructor(directory: Directory<T>, sessions: SessionDirectory, terms: DirectoryTerms) {
    this.#directory = directory;
    this.#sessions = sessions;
    this.#terms = terms;
  }

  /** All ids, grouped by match policy. */
  async list(call: ProcedureCall): Promise<Dict> {
    atMostArguments(call, 0);
    const ids: Record<MatchPolicy, Id[]> = { exact: [], prefix: [], wildcard: [] };
    for (const { id, match } of await this.#directory.list()) ids[match].push(id);
    return ids;
  }

  /** The id of the entry with this URI and match policy, or null. */
  async lookup(call: ProcedureCall): Promise<Id | null> {
    atMostArguments(call, 2);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    const options = optionalArgument("options", call.args[1], dictArgument);
    const policy = (name: string, value: unknown): MatchPolicy => choiceArgument(name, value, POLICIES);
    const match = optionalArgument("options.match", options?.["match"], policy) ?? "exact";
    if (!isPatternUri(uri, match)) throw this.#invalidUri(uri, `is not a valid URI for match policy ${match}`);
    return (await this.#directory.lookup(uri, match))?.id ?? null;
  }

  /** The entries that match a concrete URI. */
  async match(call: ProcedureCall): Promise<readonly T[]> {
    atMostArguments(call, 1);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    if (!isUri(uri)) throw this.#invalidUri(uri, "is not a valid URI");
    return this.#directory.match(uri);
  }

  async get(call: ProcedureCall): Promise<T> {
    atMostArguments(call, 1);
    const id = idArgument(this.#terms.entry, call.args[0]);
    return (await this.#directory.get(id)) ?? this.#throwMissing(id);
  }

  /** The sessions on an entry. */
  async members(call: ProcedureCall): Promise<readonly Id[]> {
    atMostArguments(call, 1);
    const id = idArgument(this.#terms.entry, call.args[0]);
    return (await this.#directory.members(id)) ?? this.#throwMissing(id);
  }

  /**
   * Removes a session from an entry (spec: "Registration Revocation", "Subscription Revocation"). A session inside the
   * router's process is reported as unknown: remote clients must not break the application that embeds the router.
   */
  async remove(call: ProcedureCall): Promise<void> {
    atMostArguments(call, 2);
    const id = idArgument(this.#terms.entry, call.args[0]);
    const session = idArgument(this.#terms.member, call.args[1]);
    const reason = optionalArgument("reason", call.kwargs["reason"], stringArgument);
    if ((await this.#directory.get(id)) === undefined) this.#throwMissing(id);
    if ((await this.#sessions.get(session)) === undefined)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, `no session ${session} in this realm`);
    if (!(await this.#directory.remove(id, session, reason)))
      throw new WampError(
        this.#terms.missing,
        `session ${session} is not a ${this.#terms.member} of ${this.#terms.entry} ${id}`,
      );
  }

  #throwMissing(id: Id): never {
    throw new WampError(this.#terms.missing, `no ${this.#terms.entry} ${id} in this realm`);
  }

  #invalidUri(uri: string, problem: string): WampError {
    return new WampError(ErrorUri.INVALID_URI, `${this.#terms.uri} "${uri.slice(0, 80)}" ${problem}`);
  }
}

/** Whether the router itself offers the procedure: only the router may register under `wamp.` (spec: "Reserved URIs"). */
export function isRouterProcedure({ uri }: RegistrationInfo): boolean {
  return isReservedUri(uri);
}

/**
 * A view of the registrations that hides the router's own procedures. They have no callee among the sessions of the realm
 * and cannot be removed; WELCOME announces them as features.
 */
export function withoutRouterProcedures(all: Directory<RegistrationInfo>): Directory<RegistrationInfo> {
  const get = async (id: number): Promise<RegistrationInfo | undefined> => unlessRouterProcedure(await all.get(id));
  return {
    get,
    list: async () => (await all.list()).filter((registration) => !isRouterProcedure(registration)),
    lookup: async (uri, match) => unlessRouterProcedure(await all.lookup(uri, match)),
    match: async (uri) => (await all.match(uri)).filter((registration) => !isRouterProcedure(registration)),
    members: async (id) => ((await get(id)) === undefined ? undefined : all.members(id)),
    remove: async (id, session, reason) => (await get(id)) !== undefined && all.remove(id, session, reason),
  };
}

function unlessRouterProcedure(registration: RegistrationInfo | undefined): RegistrationInfo | undefined {
  return registration === undefined || isRouterProcedure(registration) ? undefined : registration;
}
