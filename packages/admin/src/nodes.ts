import { ErrorUri, WampError, type Dict } from "@kreuz/codec";
import type { OtherNodes, ProcedureCall, RealmContext, SessionInfo } from "@kreuz/router";

/** What nodes ask one another. Each question has the arguments of the operator's call, and is answered for one node's sessions. */
export type Question = "sessions" | "session" | "kill";

/** What other nodes said. */
export interface Answers<T> {
  readonly answers: readonly T[];
  /** The nodes that did not answer. */
  readonly unreachable: readonly string[];
}

/** An operator's call, as it goes to another node. */
interface Asked {
  readonly procedure: string;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly caller: SessionInfo;
}

/** What comes back: a result, or the URI of an error. */
interface Said<T> {
  readonly result?: T;
  readonly error?: string;
}

/** The plugins of the management realm on the other nodes of a cluster. */
export class Nodes {
  readonly #others: OtherNodes | undefined;

  constructor({ nodes }: RealmContext) {
    this.#others = nodes;
  }

  /** The name of this node; `undefined` when it is alone. */
  get own(): string | undefined {
    return this.#others?.own;
  }

  /** The names of all nodes that can be reached, this one first. */
  get names(): readonly string[] {
    return this.#others === undefined ? [] : [this.#others.own, ...this.#others.names()];
  }

  /** Answers a question of other nodes. */
  answer(question: Question, answerer: (call: ProcedureCall) => unknown): void {
    this.#others?.answer(question, async (body): Promise<Said<unknown>> => {
      try {
        return { result: await answerer(callOf(body as Asked)) };
      } catch (error) {
        if (error instanceof WampError) return { error: error.uri };
        throw error;
      }
    });
  }

  /** Asks all other nodes at once what an operator asked this one. Never rejects. */
  async ask<T>(question: Question, { procedure, args, kwargs, caller }: ProcedureCall): Promise<Answers<T>> {
    const answers: T[] = [];
    const unreachable: string[] = [];
    const asked: Asked = { procedure, args, kwargs, caller };
    const names = this.#others?.names() ?? [];
    const ask = (node: string): Promise<unknown> => this.#others!.ask(node, question, asked).catch(() => null);
    const said = (await Promise.all(names.map(ask))) as readonly (Said<T> | null)[];
    // In the order of the nodes, whoever was first.
    for (const [at, node] of names.entries()) {
      const answer = said[at];
      if (answer?.result !== undefined) answers.push(answer.result);
      else if (!NOTHING_THERE.has(answer?.error)) unreachable.push(node);
    }
    return { answers, unreachable };
  }
}

/** A node that has neither the realm nor the session has nothing to say. */
const NOTHING_THERE: ReadonlySet<string | undefined> = new Set([ErrorUri.NO_SUCH_REALM, ErrorUri.NO_SUCH_SESSION]);

/** The call of an operator of another node, who cannot give it up. */
function callOf({ procedure, args, kwargs, caller }: Asked): ProcedureCall {
  const { signal } = new AbortController();
  const input = (async function* () {})();
  return { procedure, args, kwargs, caller, details: {}, signal, input, progress: () => {} };
}
