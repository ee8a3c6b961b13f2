import { ErrorUri, isUri, WampError, type Uri } from "@kreuz/codec";
import {
  atMostArguments,
  booleanArgument,
  choiceArgument,
  invalidArgument,
  optionalArgument,
  type ProcedureCall,
  stringArgument,
  textArgument,
} from "@kreuz/router";
import { entryOfCursor, type Ranked } from "./best.js";
import type { Match, SessionFilter } from "./contract.js";

const MAX_PAGE = 500;
const DEFAULT_PAGE = 100;
const MATCHES: readonly Match[] = ["exact", "prefix", "wildcard"];

/** Reads the arguments of a procedure, and refuses those that it does not have. */
export class CallArguments {
  readonly #call: ProcedureCall;

  /**
   * @param positional - the most that there may be.
   * @param keywords - the names that there may be: a misspelt filter would select everything.
   * @throws WampError
   */
  constructor(call: ProcedureCall, positional: number, keywords: readonly string[] = []) {
    atMostArguments(call, positional);
    const unknown = Object.keys(call.kwargs).find((name) => !keywords.includes(name));
    if (unknown !== undefined) {
      const known = keywords.length === 0 ? "none" : keywords.join(", ");
      throw invalidArgument(`${call.procedure} has no argument "${unknown.slice(0, 80)}"; keyword arguments: ${known}`);
    }
    this.#call = call;
  }

  /** A positional argument that must be there. */
  at<T>(index: number, name: string, read: (name: string, value: unknown) => T): T {
    return read(name, this.#call.args[index]);
  }

  /** A positional argument that may be left out. */
  optionalAt<T>(index: number, name: string, read: (name: string, value: unknown) => T): T | undefined {
    return optionalArgument(name, this.#call.args[index], read);
  }

  /** A keyword argument. */
  get<T>(name: string, read: (name: string, value: unknown) => T): T | undefined {
    return optionalArgument(name, this.#call.kwargs[name], read);
  }
}

/** @throws WampError when there is any argument. */
export function noArguments(call: ProcedureCall): void {
  void new CallArguments(call, 0);
}

export const FILTER_KEYWORDS = ["text", "authid", "authrole", "transport", "codec", "slow"] as const;
export const PAGE_KEYWORDS = ["sort", "desc", "limit", "after"] as const;

/** Reads which sessions. */
export function sessionFilter(args: CallArguments): SessionFilter {
  const filter: Record<string, unknown> = {};
  for (const name of FILTER_KEYWORDS) {
    const value = name === "slow" ? args.get(name, booleanArgument) : args.get(name, textArgument);
    if (value !== undefined) filter[name] = value;
  }
  return filter;
}

/** How a listing is sorted and cut. */
export interface PageArguments<Sort extends string> {
  readonly sort: Sort;
  readonly desc: boolean;
  readonly limit: number;
  readonly after: Ranked | undefined;
}

/** @param texts - the sorts whose keys are texts. */
export function pageArguments<Sort extends string>(
  args: CallArguments,
  sorts: readonly Sort[],
  texts: readonly Sort[],
): PageArguments<Sort> {
  const sort = args.get("sort", (name, value) => choiceArgument(name, value, sorts)) ?? sorts[0]!;
  const after = args.get("after", (name, value) =>
    entryOfCursor(stringArgument(name, value), texts.includes(sort) ? "string" : "number"),
  );
  const limit = args.get("limit", integerArgument(1, MAX_PAGE)) ?? DEFAULT_PAGE;
  return { sort, desc: args.get("desc", booleanArgument) ?? false, limit, after };
}

export function integerArgument(min: number, max: number): (name: string, value: unknown) => number {
  return (name, value) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
    throw invalidArgument(`${name}: expected an integer from ${min} to ${max}, got ${shown(value)}`);
  };
}

export function matchArgument(name: string, value: unknown): Match {
  return choiceArgument(name, value, MATCHES);
}

/** @throws WampError `wamp.error.invalid_uri` */
export function uriArgument(name: string, value: unknown): Uri {
  const text = textArgument(name, value);
  if (isUri(text)) return text;
  throw new WampError(ErrorUri.INVALID_URI, `${name}: "${text.slice(0, 80)}" is not a valid URI`);
}

export function noSuchRealm(realm: string): WampError {
  return new WampError(ErrorUri.NO_SUCH_REALM, `realm "${realm.slice(0, 80)}" does not exist`);
}

export function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}
