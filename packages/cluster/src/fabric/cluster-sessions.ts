import type { Id } from "@kreuz/codec";
import type { Answer, Departure, SessionDirectory, SessionFilter, SessionInfo } from "@kreuz/router";
import type { NodeId } from "../bus.js";

/** What the directory needs of the other nodes. */
export interface OtherSessions {
  /** The sessions of other nodes. */
  others(): Iterable<SessionInfo>;
  find(session: Id): SessionInfo | undefined;
  /** The nodes that can be reached. */
  nodes(): readonly NodeId[];
  ask(node: NodeId, question: string, body: object): Promise<unknown>;
}

/** The sessions of all nodes in one realm. */
export class ClusterSessions implements SessionDirectory {
  readonly #own: SessionDirectory;
  readonly #others: OtherSessions;

  constructor(own: SessionDirectory, others: OtherSessions) {
    this.#own = own;
    this.#others = others;
  }

  count(filter?: SessionFilter): Answer<number> {
    let others = 0;
    for (const info of this.#others.others()) if (matches(info, filter)) others++;
    return andThen(this.#own.count(filter), (own) => own + others);
  }

  list(filter?: SessionFilter): Answer<readonly Id[]> {
    const others: Id[] = [];
    for (const info of this.#others.others()) if (matches(info, filter)) others.push(info.session);
    return andThen(this.#own.list(filter), (own) => [...own, ...others]);
  }

  get(session: Id): Answer<SessionInfo | undefined> {
    return this.#others.find(session) ?? this.#own.get(session);
  }

  kill(session: Id, departure: Departure): Answer<boolean> {
    const node = this.#others.find(session)?.node;
    if (node === undefined) return this.#own.kill(session, departure);
    return this.#others.ask(node, "kill", { session, departure }).then((answer) => answer === true);
  }

  /** Asks all nodes at once. The sessions of a node that does not answer may or may not have ended. */
  async killAll(filter: SessionFilter, departure: Departure): Promise<readonly Id[]> {
    const asked = this.#others.nodes().map((node) => this.#others.ask(node, "killAll", { filter, departure }));
    // Not before the others are asked: it may end the session that asks.
    const own = Promise.resolve(this.#own.killAll(filter, departure));
    const answers = await Promise.all([own, ...asked]);
    return answers.flatMap((answer) => (answer as readonly Id[] | undefined) ?? []);
  }
}

function matches(info: SessionInfo, filter: SessionFilter | undefined): boolean {
  if (filter === undefined) return true;
  const { authids, authroles, except } = filter;
  if (authids !== undefined && !authids.includes(info.authid)) return false;
  if (authroles !== undefined && !authroles.includes(info.authrole)) return false;
  return info.session !== except;
}

/** Goes on with a value that is there at once, or later. */
export function andThen<T, U>(answer: Answer<T>, action: (value: T) => U): Answer<U> {
  return answer instanceof Promise ? answer.then(action) : action(answer);
}
