import type { ComponentChildren, JSX } from "preact";
import { problemOf } from "../api/problem.js";
import { count, many } from "../format/numbers.js";
import type { PagedList } from "../stores/paged-list.js";
import { State } from "./state.js";

/** What is told of a list. */
type Told = Pick<PagedList<unknown, unknown>, "rows" | "state" | "refresh">;

/** In place of the rows of a list: why there are none. */
export function ListEmpty(props: {
  readonly list: Told;
  readonly filtered: boolean;
  readonly noun: string;
  /** What to do when the realm has none. */
  readonly children: ComponentChildren;
}): JSX.Element | null {
  const { loading, problem } = props.list.state.value;
  if (problem !== undefined)
    return (
      <State title={`The ${props.noun}s cannot be listed`}>
        <p>{problemOf(problem)}</p>
        <button type="button" class="button" onClick={() => void props.list.refresh()}>
          Try again
        </button>
      </State>
    );
  if (loading === "first") return null;
  if (props.filtered)
    return (
      <State title={`No ${props.noun} fits`}>
        <p>Search for less, or take a filter away.</p>
      </State>
    );
  return <State title={`No ${props.noun}s`}>{props.children}</State>;
}

/** Below the rows: how many there are. */
export function ListFoot(props: { readonly list: Told; readonly noun: string }): JSX.Element {
  const { rows, state } = props.list;
  const { total, matched, loading, incomplete, problem } = state.value;
  const loaded = rows.value.length;
  const all = matched === total ? many(total, props.noun) : `${count(matched)} of ${many(total, props.noun)}`;
  return (
    <span class="grow" role="status">
      {loading === "first" ? "Loading…" : all}
      {loaded < matched && `, ${count(loaded)} loaded`}
      {loading === "more" && ", loading more…"}
      {incomplete && (
        <span class="warn">
          {" "}
          The router ran out of time, or a node did not answer: some may be missing. Search for less, or again.
        </span>
      )}
      {problem !== undefined && loaded > 0 && <span class="danger"> {problemOf(problem)}</span>}
    </span>
  );
}
