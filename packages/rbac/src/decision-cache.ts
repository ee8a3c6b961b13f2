import type { MatchPolicy, Uri } from "@kreuz/codec";
import type { ActionType, Decision } from "@kreuz/router";

type Decisions = Map<Uri, Decision>;

/** A URI of any length may be asked for, but only short ones are remembered: the bound is one of memory, too. */
const LONGEST_URI = 256;

/** Decisions of one role by action, match policy and URI. Bounded: when it is full, it starts anew. */
export class DecisionCache {
  readonly #capacity: number;
  readonly #decisions: Readonly<Record<ActionType, Readonly<Record<MatchPolicy, Decisions>>>>;
  #size = 0;

  /** @param capacity - decisions that are kept at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#decisions = { call: byMatch(), register: byMatch(), subscribe: byMatch(), publish: byMatch() };
  }

  get size(): number {
    return this.#size;
  }

  get(type: ActionType, uri: Uri, match: MatchPolicy): Decision | undefined {
    return this.#decisions[type][match].get(uri);
  }

  set(type: ActionType, uri: Uri, match: MatchPolicy, decision: Decision): void {
    if (uri.length > LONGEST_URI) return;
    if (this.#size >= this.#capacity) this.#clear();
    this.#decisions[type][match].set(uri, decision);
    this.#size++;
  }

  #clear(): void {
    for (const byMatch of Object.values(this.#decisions))
      for (const decisions of Object.values(byMatch)) decisions.clear();
    this.#size = 0;
  }
}

function byMatch(): Record<MatchPolicy, Decisions> {
  return { exact: new Map(), prefix: new Map(), wildcard: new Map() };
}
