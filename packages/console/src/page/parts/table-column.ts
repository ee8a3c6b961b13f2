import type { ComponentChildren } from "preact";

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
