import type { JSX } from "preact";
import type { Column, Sort } from "./table-column.js";

/** The names of the columns; those that sort are buttons. */
export function TableHead<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
  /** Whether the first column says what is selected. */
  readonly selects: boolean;
}): JSX.Element {
  const { sort } = props;
  const orderOf = (column: Column<Row>): "ascending" | "descending" | "none" | undefined => {
    if (!column.sorts) return undefined;
    if (sort?.key !== column.key) return "none";
    return sort.desc ? "descending" : "ascending";
  };
  // Numbers begin with the largest, names with A; again turns it round.
  const next = ({ key, numeric }: Column<Row>): Sort => ({
    key,
    desc: sort?.key === key ? !sort.desc : numeric === true,
  });
  return (
    <div role="rowgroup" class="table-head">
      <div class="table-row" role="row" aria-rowindex={1}>
        {props.selects && (
          <span role="columnheader">
            <span class="hidden-text">Selected</span>
          </span>
        )}
        {props.columns.map((column) => (
          <span
            key={column.key}
            role="columnheader"
            class={column.numeric ? "numeric" : undefined}
            aria-sort={orderOf(column)}
          >
            {column.sorts ? (
              <button type="button" class="sort" onClick={() => props.onSort?.(next(column))}>
                {column.label}
              </button>
            ) : (
              column.label
            )}
          </span>
        ))}
      </div>
    </div>
  );
}
