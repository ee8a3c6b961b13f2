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
  textArgument,
  type Directory,
  type Action,
  type ActionType,
  type ProcedureCall,
  type QueryPace,
  type RealmContext,
  type RegistrationInfo,
  type SessionInfo,
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
  /** Who may do one of these with an entry's URI can reach it. */
  readonly reachedBy: readonly ActionType[];
}

/** Work of listing an entry, and of asking the authorizer about it, in units of {@link QueryPace}. */
const UNITS_PER_ENTRY = 1 / 16;
const UNITS_PER_CHECK = 4;

/** How the procedures of both directories work. */
export interface DirectoryRules {
  /** Listings of both directories share it. */
  readonly pace: QueryPace;
  /** Whether callers see only what they can reach. */
  readonly reachableOnly: boolean;
}

/** The procedures that both meta APIs have, on registrations or on subscriptions. They check their arguments. */
export class DirectoryProcedures<T extends SubscriptionInfo> {
  readonly #directory: Directory<T>;
  readonly #realm: RealmContext;
  readonly #terms: DirectoryTerms;
  readonly #rules: DirectoryRules;

  constructor(directory: Directory<T>, realm: RealmContext, terms: DirectoryTerms, rules: DirectoryRules) {
    this.#directory = directory;
    this.#realm = realm;
    this.#terms = terms;
    this.#rules = rules;
  }

  /** All ids, grouped by match policy. */
  async list(call: ProcedureCall): Promise<Dict> {
    atMostArguments(call, 0);
    return this.#rules.pace.run(call.caller.session, async (work) => {
      const ids: Record<MatchPolicy, Id[]> = { exact: [], prefix: [], wildcard: [] };
      const asks = await this.#asks(call.caller);
      for (const entry of await this.#directory.list()) {
        const turn = work.spend(asks ? UNITS_PER_CHECK : UNITS_PER_ENTRY);
        if (turn !== undefined) await turn;
        if (!asks || (await this.#mayReach(call.caller, entry))) ids[entry.match].push(entry.id);
      }
      return ids;
    });
  }

  /** The id of the entry with this URI and match policy, or null. */
  async lookup(call: ProcedureCall): Promise<Id | null> {
    atMostArguments(call, 2);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    const options = optionalArgument("options", call.args[1], dictArgument);
    const policy = (name: string, value: unknown): MatchPolicy => choiceArgument(name, value, POLICIES);
    const match = optionalArgument("options.match", options?.["match"], policy) ?? "exact";
    if (!isPatternUri(uri, match)) throw this.#invalidUri(uri, `is not a valid URI for match policy ${match}`);
    const found = await this.#directory.lookup(uri, match);
    return found !== undefined && (await this.#isVisible(call.caller, found)) ? found.id : null;
  }

  /** The entries that match a concrete URI. */
  async match(call: ProcedureCall): Promise<readonly T[]> {
    atMostArguments(call, 1);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    if (!isUri(uri)) throw this.#invalidUri(uri, "is not a valid URI");
    const found: T[] = [];
    for (const entry of await this.#directory.match(uri))
      if (await this.#isVisible(call.caller, entry)) found.push(entry);
    return found;
  }

  async get(call: ProcedureCall): Promise<T> {
    atMostArguments(call, 1);
    return this.#entry(call, idArgument(this.#terms.entry, call.args[0]));
  }

  /** The sessions on an entry. */
  async members(call: ProcedureCall): Promise<readonly Id[]> {
    atMostArguments(call, 1);
    const id = idArgument(this.#terms.entry, call.args[0]);
    await this.#entry(call, id);
    const members = (await this.#directory.members(id)) ?? this.#throwMissing(id);
    const units = members.length * UNITS_PER_ENTRY;
    // Long lists are sent at the pace of listings.
    if (units > UNITS_PER_CHECK) await this.#rules.pace.run(call.caller.session, async (work) => work.spend(units));
    return members;
  }

  /**
   * Removes a session from an entry (spec: "Registration Revocation", "Subscription Revocation"). A session inside the
   * router's process is reported as unknown: remote clients must not break the application that embeds the router.
   */
  async remove(call: ProcedureCall): Promise<void> {
    atMostArguments(call, 2);
    const id = idArgument(this.#terms.entry, call.args[0]);
    const session = idArgument(this.#terms.member, call.args[1]);
    const reason = optionalArgument("reason", call.kwargs["reason"], textArgument);
    await this.#entry(call, id);
    if ((await this.#realm.sessions.get(session)) === undefined)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, `no session ${session} in this realm`);
    if (!(await this.#directory.remove(id, session, reason)))
      throw new WampError(
        this.#terms.missing,
        `session ${session} is not a ${this.#terms.member} of ${this.#terms.entry} ${id}`,
      );
  }

  /** An entry that the caller sees. @throws WampError */
  async #entry({ caller }: ProcedureCall, id: Id): Promise<T> {
    const entry = await this.#directory.get(id);
    return entry !== undefined && (await this.#isVisible(caller, entry)) ? entry : this.#throwMissing(id);
  }

  async #isVisible(caller: SessionInfo, entry: T): Promise<boolean> {
    return !(await this.#asks(caller)) || this.#mayReach(caller, entry);
  }

  /** Whether the authorizer is asked: sessions inside the router's process see everything. */
  async #asks({ session }: SessionInfo): Promise<boolean> {
    return this.#rules.reachableOnly && (await this.#realm.sessions.get(session)) !== undefined;
  }

  async #mayReach(caller: SessionInfo, { uri, match }: T): Promise<boolean> {
    for (const type of this.#terms.reachedBy) if (await this.#may(caller, { type, uri, match })) return true;
    return false;
  }

  async #may(caller: SessionInfo, action: Action): Promise<boolean> {
    try {
      return !((await this.#realm.authorize(caller, action)) instanceof WampError);
    } catch (error) {
      // The URI itself is not allowed.
      if (error instanceof WampError) return false;
      throw error;
    }
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
