import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { Selection } from "../stores/selection.js";
import { remPixels } from "./hooks.js";
import { useRowCursor } from "./row-cursor.js";
import type { Column, Sort } from "./table-column.js";
import { TableHead } from "./table-head.js";
import { TableRow } from "./table-row.js";
import { useScroll } from "./scroll.js";
import { scrollTo, windowOf } from "./window.js";

/** Height of a row, as in the tokens of the design. */
const ROW_REM = 2;
/** Rows below the last one that is drawn, when more of them are asked for. */
const NEAR_END = 100;

/** What a table shows and does. */
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
  const { rows, selection, idOf, onOpen } = props;
  const id = useId();
  const { scroll, size, scrollTop, onScroll } = useScroll(rows.length);
  const { width, height } = size;
  const rem = remPixels();
  const rowHeight = ROW_REM * rem;
  const { first, end } = windowOf(rows.length, rowHeight, scrollTop, height);
  const columns = props.columns.filter(({ from = 0 }) => width === 0 || width / rem >= from);
  const tracks = [...(selection === undefined ? [] : ["2rem"]), ...columns.map(({ track }) => track)].join(" ");
  const reveal = (index: number): void => {
    const element = scroll.current!;
    element.scrollTop = scrollTo(index, rowHeight, element.scrollTop, element.clientHeight);
  };
  const page = Math.floor(height / rowHeight) - 2;
  const { current, onKeyDown, onClick } = useRowCursor({ rows, idOf, selection, onOpen, page, reveal });
  useEffect(() => {
    if (end > rows.length - NEAR_END) props.onNearEnd?.();
  }, [end, rows.length]);
  return (
    <div class="panel table">
      <div
        ref={scroll}
        class="table-scroll"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-multiselectable={selection !== undefined}
        aria-activedescendant={current >= first && current < end ? `${id}-${current}` : undefined}
        style={{ "--columns": tracks }}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <TableHead columns={columns} sort={props.sort} onSort={props.onSort} selects={selection !== undefined} />
        <div class="table-body" role="rowgroup" style={{ height: `${rows.length * ROW_REM}rem` }}>
          {rows.slice(first, end).map((row, offset) => (
            <TableRow
              key={idOf(row)}
              id={`${id}-${first + offset}`}
              row={row}
              index={first + offset}
              columns={columns}
              isActive={first + offset === current}
              selected={selection?.has(idOf(row))}
              opens={onOpen !== undefined}
              onClick={onClick}
            />
          ))}
        </div>
        {rows.length === 0 && props.empty}
      </div>
      {props.foot !== undefined && <div class="table-foot">{props.foot}</div>}
    </div>
  );
}
