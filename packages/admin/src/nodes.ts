import { ErrorUri, WampError, type Clock, type Dict } from "@kreuz/codec";
import type { OtherNodes, ProcedureCall, RealmContext, SessionInfo } from "@kreuz/router";

/** What nodes ask one another for an operator. Each has the arguments of the operator's call, and is answered for one node. */
export type Question = "router" | "sessions" | "session" | "counts" | "subscription" | "registration" | "kill";

/** What nodes ask one another for themselves. */
export type OwnQuestion = "stats" | "countsOf";

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
  readonly #clock: Clock;

  constructor({ nodes, clock }: Pick<RealmContext, "nodes" | "clock">) {
    this.#others = nodes;
    this.#clock = clock;
  }

  /** The name of this node; `undefined` when it is alone. */
  get own(): string | undefined {
    return this.#others?.own;
  }

  /** The names of all nodes that can be reached, this one first. */
  get names(): readonly string[] {
    return this.#others === undefined ? [] : [this.#others.own, ...this.#others.names()];
  }

  /** Answers what operators of other nodes ask. */
  answer(question: Question, answerer: (call: ProcedureCall) => unknown): void {
    this.#answer(question, (body) => answerer(callOf(body as Asked)));
  }

  /** Answers what other nodes ask for themselves. */
  tell<T extends object>(question: OwnQuestion, answerer: (body: T) => unknown): void {
    this.#answer(question, (body) => answerer(body as T));
  }

  #answer(question: string, answerer: (body: object) => unknown): void {
    this.#others?.answer(question, async (body): Promise<Said<unknown>> => {
      try {
        return { result: await answerer(body) };
      } catch (error) {
        if (error instanceof WampError) return { error: error.uri };
        throw error;
      }
    });
  }

  /**
   * Asks all other nodes at once what an operator asked this one. Never rejects.
   *
   * @param ms - how long they have. Default: as long as the cluster waits for an answer, a few seconds.
   */
  ask<T>(question: Question, { procedure, args, kwargs, caller }: ProcedureCall, ms?: number): Promise<Answers<T>> {
    const asked: Asked = { procedure, args, kwargs, caller };
    return this.#ask(question, asked, ms);
  }

  /** Asks all other nodes at once for this one. Never rejects. @param ms - as for {@link ask}. */
  gather<T>(question: OwnQuestion, body: object, ms?: number): Promise<Answers<T>> {
    return this.#ask(question, body, ms);
  }

  async #ask<T>(question: string, body: object, ms: number | undefined): Promise<Answers<T>> {
    const answers: T[] = [];
    const unreachable: string[] = [];
    const names = this.#others?.names() ?? [];
    const ask = (node: string): Promise<unknown> =>
      this.#inTime(
        this.#others!.ask(node, question, body).catch(() => null),
        ms,
      );
    const said = (await Promise.all(names.map(ask))) as readonly (Said<T> | null)[];
    // In the order of the nodes, whoever was first.
    for (const [at, node] of names.entries()) {
      const answer = said[at];
      if (answer?.result !== undefined) answers.push(answer.result);
      else if (!NOTHING_THERE.has(answer?.error)) unreachable.push(node);
    }
    return { answers, unreachable };
  }

  /** An answer, or `null` when time is up. */
  #inTime(answer: Promise<unknown>, ms: number | undefined): Promise<unknown> {
    if (ms === undefined) return answer;
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(ms, () => resolve(null));
      void answer.then(resolve).finally(cancel);
    });
  }
}

/** A node that has neither the realm nor what is asked about has nothing to say. */
const NOTHING_THERE: ReadonlySet<string | undefined> = new Set([
  ErrorUri.NO_SUCH_REALM,
  ErrorUri.NO_SUCH_SESSION,
  ErrorUri.NO_SUCH_SUBSCRIPTION,
  ErrorUri.NO_SUCH_REGISTRATION,
]);

/** The call of an operator of another node, who cannot give it up. */
function callOf({ procedure, args, kwargs, caller }: Asked): ProcedureCall {
  const { signal } = new AbortController();
  const input = (async function* () {})();
  return { procedure, args, kwargs, caller, details: {}, signal, input, progress: () => {} };
}
