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

/** What the specification calls the things in a directory. */
export interface Terms {
  /** `registration` or `subscription`. */
  readonly entry: string;
  /** What their URI is: `procedure` or `topic`. */
  readonly uri: string;
  /** What a session on one of them is: `callee` or `subscriber`. */
  readonly member: string;
  /** The error for an id that is not there. */
  readonly missing: Uri;
}

/** Answers what both meta APIs ask about their directory, with the arguments checked. */
export class DirectoryProcedures<T extends SubscriptionInfo> {
  readonly #directory: Directory<T>;
  readonly #sessions: SessionDirectory;
  readonly #terms: Terms;

  constructor(directory: Directory<T>, sessions: SessionDirectory, terms: Terms) {
    this.#directory = directory;
    this.#sessions = sessions;
    this.#terms = terms;
  }

  /** All ids, by match policy. */
  async list(call: ProcedureCall): Promise<Dict> {
    atMostArguments(call, 0);
    const ids: Record<MatchPolicy, Id[]> = { exact: [], prefix: [], wildcard: [] };
    for (const { id, match } of await this.#directory.list()) ids[match].push(id);
    return ids;
  }

  /** The id of the entry for a URI under one match policy, or null. */
  async lookup(call: ProcedureCall): Promise<Id | null> {
    atMostArguments(call, 2);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    const options = optionalArgument("options", call.args[1], dictArgument);
    const policy = (name: string, value: unknown): MatchPolicy => choiceArgument(name, value, POLICIES);
    const match = optionalArgument("options.match", options?.["match"], policy) ?? "exact";
    if (!isPatternUri(uri, match)) throw this.#malformed(uri, `is not a valid URI to match ${match}`);
    return (await this.#directory.lookup(uri, match))?.id ?? null;
  }

  /** Those that a concrete URI reaches. */
  async match(call: ProcedureCall): Promise<readonly T[]> {
    atMostArguments(call, 1);
    const uri = stringArgument(this.#terms.uri, call.args[0]);
    if (!isUri(uri)) throw this.#malformed(uri, "is not a valid URI");
    return this.#directory.match(uri);
  }

  async get(call: ProcedureCall): Promise<T> {
    atMostArguments(call, 1);
    const id = idArgument(this.#terms.entry, call.args[0]);
    return (await this.#directory.get(id)) ?? this.#refuse(id);
  }

  /** The sessions on an entry. */
  async members(call: ProcedureCall): Promise<readonly Id[]> {
    atMostArguments(call, 1);
    const id = idArgument(this.#terms.entry, call.args[0]);
    return (await this.#directory.members(id)) ?? this.#refuse(id);
  }

  /**
   * Takes a session off an entry (spec: "Registration Revocation", "Subscription Revocation"). Sessions inside the
   * router's process count as not there: what embeds the router is not to be taken apart from outside.
   */
  async remove(call: ProcedureCall): Promise<void> {
    atMostArguments(call, 2);
    const id = idArgument(this.#terms.entry, call.args[0]);
    const session = idArgument(this.#terms.member, call.args[1]);
    const reason = optionalArgument("reason", call.kwargs["reason"], stringArgument);
    if ((await this.#directory.get(id)) === undefined) this.#refuse(id);
    if ((await this.#sessions.get(session)) === undefined)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, `there is no session ${session} in this realm`);
    if (!(await this.#directory.remove(id, session, reason)))
      throw new WampError(this.#terms.missing, `session ${session} is not on ${this.#terms.entry} ${id}`);
  }

  #refuse(id: Id): never {
    throw new WampError(this.#terms.missing, `there is no ${this.#terms.entry} ${id} in this realm`);
  }

  #malformed(uri: string, problem: string): WampError {
    return new WampError(ErrorUri.INVALID_URI, `${this.#terms.uri} "${uri.slice(0, 80)}" ${problem}`);
  }
}

/** True for the router's own procedures: only the router registers under `wamp.` (spec: "Reserved URIs"). */
export function isOwn({ uri }: RegistrationInfo): boolean {
  return isReservedUri(uri);
}

/**
 * The registrations without the router's own. Those are no session's: their one callee is not among the sessions of the
 * realm, nobody may take them away, and what is there is announced as a feature.
 */
export function withoutOwn(all: Directory<RegistrationInfo>): Directory<RegistrationInfo> {
  const get = async (id: number): Promise<RegistrationInfo | undefined> => notOwn(await all.get(id));
  return {
    get,
    list: async () => (await all.list()).filter((registration) => !isOwn(registration)),
    lookup: async (uri, match) => notOwn(await all.lookup(uri, match)),
    match: async (uri) => (await all.match(uri)).filter((registration) => !isOwn(registration)),
    members: async (id) => ((await get(id)) === undefined ? undefined : all.members(id)),
    remove: async (id, session, reason) => (await get(id)) !== undefined && all.remove(id, session, reason),
  };
}

function notOwn(registration: RegistrationInfo | undefined): RegistrationInfo | undefined {
  return registration === undefined || isOwn(registration) ? undefined : registration;
}
