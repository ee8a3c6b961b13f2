import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Selection } from "../stores/selection.js";
import { remPixels, useSize } from "./hooks.js";
import { scrollTo, windowOf } from "./window.js";
import { moveOf } from "./table-keys.js";

/** A column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  /** Its track in CSS Grid. */
  readonly track: string;
  readonly numeric?: boolean;
  /** The table's width, in rem, from which on it is shown. Default: always. */
  readonly from?: number;
  /** Whether the table can be sorted by it. */
  readonly sorts?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/** By which column the rows are sorted, and whether from the largest on. */
export interface Sort {
  readonly key: string;
  readonly desc: boolean;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => number;
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
  readonly onOpen?: (row: Row) => void;
  /** Absent: rows cannot be selected. */
  readonly selection?: Selection | undefined;
  /** The last rows are almost visible. */
  readonly onNearEnd?: () => void;
  /** In place of rows, when there are none. */
  readonly empty: ComponentChildren;
  /** Below the rows. */
  readonly foot?: ComponentChildren;
}

/** A table of any length, of which only the visible rows are drawn. The keys move in it, open rows and select them. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { rows, selection, idOf } = props;
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const { ref, size } = useSize();
  const [scrollTop, setScrollTop] = useState(0);
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const rem = useMemo(remPixels, [size.value.width]);
  const rowHeight = 2 * rem;
  const { first, end } = windowOf(rows.length, rowHeight, scrollTop, size.value.height);
  const widthInRem = size.value.width === 0 ? 1000 : size.value.width / rem;
  const columns = props.columns.filter(({ from = 0 }) => widthInRem >= from);
  const tracks = [...(selection === undefined ? [] : ["2rem"]), ...columns.map(({ track }) => track)].join(" ");
  const current = Math.min(active, rows.length - 1);

  useEffect(() => {
    if (end > rows.length - 100) props.onNearEnd?.();
  }, [end, rows.length]);
  useLayoutEffect(() => {
    // A shorter list scrolls by itself.
    setScrollTop(scroll.current!.scrollTop);
  }, [rows.length]);

  const moveTo = (index: number): void => {
    const element = scroll.current!;
    setActive(index);
    element.scrollTop = scrollTo(index, rowHeight, element.scrollTop, element.clientHeight);
  };
  const selectTo = (index: number): void => {
    const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
    selection?.add(rows.slice(from, to + 1).map(idOf));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || rows.length === 0) return;
    const move = moveOf(event, current, rows.length, Math.floor(size.value.height / rowHeight) - 2);
    if (move !== undefined) {
      moveTo(move);
      if (event.shiftKey) selectTo(move);
      else anchor.current = move;
    } else if (event.key === "Enter" && props.onOpen !== undefined) props.onOpen(rows[current]!);
    else if ((event.key === " " || event.key === "x") && selection !== undefined) {
      anchor.current = current;
      selection.toggle(idOf(rows[current]!));
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && selection !== undefined)
      selection.add(rows.map(idOf));
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent, index: number): void => {
    const row = rows[index]!;
    setActive(index);
    const onTick = (event.target as Element).closest(".tick-cell") !== null;
    if (selection !== undefined && (onTick || event.shiftKey)) {
      if (event.shiftKey) selectTo(index);
      else selection.toggle(idOf(row));
      anchor.current = index;
    } else if ((event.target as Element).closest("a, button") === null) props.onOpen?.(row);
  };
  return (
    <div class="panel table">
      <div
        ref={(element) => {
          scroll.current = element;
          ref(element);
        }}
        class="table-scroll"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-multiselectable={selection !== undefined}
        aria-activedescendant={current >= first && current < end ? `${id}-${current}` : undefined}
        style={{ "--columns": tracks }}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <TableHead columns={columns} sort={props.sort} onSort={props.onSort} selection={selection} rows={rows} idOf={idOf} />
        <div class="table-body" role="rowgroup" style={{ height: `${rows.length * 2}rem` }}>
          {rows.slice(first, end).map((row, offset) => {
            const index = first + offset;
            const selected = selection?.has(idOf(row));
            return (
              <div
                key={idOf(row)}
                id={`${id}-${index}`}
                class="table-row"
                role="row"
                aria-rowindex={index + 2}
                aria-selected={selected}
                data-active={index === current ? "" : undefined}
                data-opens={props.onOpen === undefined ? undefined : ""}
                style={{ top: `${index * 2}rem` }}
                onClick={(event) => onClick(event, index)}
              >
                {selection !== undefined && (
                  <span role="gridcell" class="tick-cell" aria-label={selected ? "selected" : "not selected"}>
                    <span class="tick">{selected ? "✓" : ""}</span>
                  </span>
                )}
                {columns.map(({ key, numeric, cell }) => (
                  <span key={key} role="gridcell" class={numeric ? "numeric" : undefined}>
                    {cell(row)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
        {rows.length === 0 && props.empty}
      </div>
      {props.foot !== undefined && <div class="table-foot">{props.foot}</div>}
    </div>
  );
}

function TableHead<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
  readonly selection: Selection | undefined;
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => number;
}): JSX.Element {
  const { sort, selection } = props;
  return (
    <div role="rowgroup" class="table-head">
      <div class="table-row" role="row" aria-rowindex={1}>
        {selection !== undefined && (
          <span role="columnheader">
            <span class="hidden-text">Selected</span>
          </span>
        )}
        {props.columns.map(({ key, label, numeric, sorts }) => {
          const isSorted = sort?.key === key;
          const order = sort?.desc === true ? "descending" : "ascending";
          return (
            <span
              key={key}
              role="columnheader"
              class={numeric ? "numeric" : undefined}
              aria-sort={sorts ? (isSorted ? order : "none") : undefined}
            >
              {sorts ? (
                <button
                  type="button"
                  class="sort"
                  onClick={() => props.onSort?.({ key, desc: isSorted ? !sort.desc : numeric === true })}
                >
                  {label}
                </button>
              ) : (
                label
              )}
            </span>
          );
        })}
      </div>
    </div>
  );
}
