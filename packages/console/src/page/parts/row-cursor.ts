import { useRef, useState } from "preact/hooks";
import type { Selection } from "../stores/selection.js";
import { moveOf } from "./table-keys.js";

/** The row that the keys act on, and what they and the mouse do. */
export interface RowCursor {
  readonly current: number;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: (event: MouseEvent, index: number) => void;
}

/** What a {@link RowCursor} works on. */
export interface RowCursorOptions<Row> {
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => number;
  readonly selection: Selection | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
  /** Rows of a page. */
  readonly page: number;
  /** Scrolls so that a row can be seen. */
  readonly reveal: (index: number) => void;
}

/** Arrows move, Enter opens, Space selects; with Shift, everything up to the row is selected. */
export function useRowCursor<Row>({ rows, idOf, selection, onOpen, page, reveal }: RowCursorOptions<Row>): RowCursor {
  const [active, setActive] = useState(0);
  /** Where a range begins. */
  const anchor = useRef(0);
  const current = Math.min(active, rows.length - 1);

  const selectTo = (index: number): void => {
    const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
    selection?.add(rows.slice(from, to + 1).map(idOf));
  };
  const act = (event: KeyboardEvent): boolean => {
    const row = rows[current];
    if (row === undefined) return false;
    const target = moveOf(event, current, rows.length, page);
    if (target !== undefined) {
      setActive(target);
      reveal(target);
      if (event.shiftKey) selectTo(target);
      else anchor.current = target;
      return true;
    }
    if (event.key === "Enter" && onOpen !== undefined) onOpen(row);
    else if (selection === undefined) return false;
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selection.add(rows.map(idOf));
    else if (event.key === " " || event.key === "x") {
      anchor.current = current;
      selection.toggle(idOf(row));
    } else return false;
    return true;
  };
  return {
    current,
    onKeyDown(event) {
      // Buttons in the table have keys of their own.
      if (event.target === event.currentTarget && act(event)) event.preventDefault();
    },
    onClick(event, index) {
      const target = event.target as Element;
      setActive(index);
      if (selection !== undefined && (event.shiftKey || target.closest(".tick-cell") !== null)) {
        if (event.shiftKey) selectTo(index);
        else selection.toggle(idOf(rows[index]!));
        anchor.current = index;
      } else if (target.closest("a, button") === null) onOpen?.(rows[index]!);
    },
  };
}
