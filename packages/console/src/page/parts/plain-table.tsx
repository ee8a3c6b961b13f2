import type { ComponentChildren, JSX } from "preact";

/** A short table: after the columns with texts come those with numbers. */
export function PlainTable(props: {
  readonly heads: readonly string[];
  /** Columns with texts. Default 1. */
  readonly texts?: number;
  readonly rows: readonly (readonly ComponentChildren[])[];
}): JSX.Element {
  const align = (index: number): string | undefined => (index < (props.texts ?? 1) ? undefined : "numeric");
  return (
    <table class="plain-table">
      <thead>
        <tr>
          {props.heads.map((head, index) => (
            <th key={head} scope="col" class={align(index)}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, index) => (
              <td key={props.heads[index]} class={align(index)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
