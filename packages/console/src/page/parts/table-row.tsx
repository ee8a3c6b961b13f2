import type { JSX } from "preact";
import type { Column } from "./table-column.js";

/** One row, at its place in the whole table. */
export function TableRow<Row>(props: {
  readonly id: string;
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly isActive: boolean;
  /** Undefined: rows cannot be selected. */
  readonly selected: boolean | undefined;
  readonly opens: boolean;
  readonly onClick: (event: MouseEvent, index: number) => void;
}): JSX.Element {
  const { index, selected, row } = props;
  return (
    <div
      id={props.id}
      class="table-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={props.isActive ? "" : undefined}
      data-opens={props.opens ? "" : undefined}
      style={{ top: `${index * 2}rem` }}
      onClick={(event) => props.onClick(event, index)}
    >
      {selected !== undefined && (
        <span role="gridcell" class="tick-cell" aria-label={selected ? "selected" : "not selected"}>
          <span class="tick">{selected ? "✓" : ""}</span>
        </span>
      )}
      {props.columns.map(({ key, numeric, cell }) => (
        <span key={key} role="gridcell" class={numeric ? "numeric" : undefined}>
          {cell(row)}
        </span>
      ))}
    </div>
  );
}
