import { useEffect, useMemo } from "preact/hooks";
import { PAGE_SIZE, type PagedList } from "../stores/paged-list.js";
import { useApp } from "./context.js";
import { useInterval } from "./hooks.js";

/** Milliseconds between two refreshes without a known change. */
const CALM_MS = 5000;
/** Of the time, a list may keep the router busy at most one part in so many. */
const SHARE = 20;

/**
 * Keeps a list fresh: asks again when the query changes, soon after something has changed in the router, and every few seconds. A
 * list of which more than one page is loaded stands still: somebody reads it.
 *
 * @param changes - a number that is different after each change.
 */
export function useLiveList<Query>(list: PagedList<unknown, Query>, query: Query, changes: number): void {
  const { access } = useApp();
  const key = JSON.stringify(query);
  const seen = useMemo(() => ({ changes, at: 0, took: 0 }), [list]);
  const timed = async (work: () => Promise<void>): Promise<void> => {
    const began = performance.now();
    seen.changes = changes;
    await work();
    seen.at = performance.now();
    seen.took = seen.at - began;
  };
  useEffect(() => void timed(() => list.search(query)), [list, key]);
  useInterval(500, () => {
    const quiet = performance.now() - seen.at;
    const isDue = quiet > (changes === seen.changes ? CALM_MS : 500) && quiet > SHARE * seen.took;
    if (isDue && access.lost.value === undefined && list.rows.value.length <= PAGE_SIZE)
      void timed(() => list.refresh());
  });
}
