/** A column of a table. */
export interface Column {
  readonly head: string;
  readonly align: "left" | "right";
}

/** The cell of a missing figure. */
export const MISSING = "–";

/** Creates a Markdown table, padded as formatters do, so that they leave it unchanged. */
export function markdownTable(columns: readonly Column[], rows: ReadonlyArray<readonly string[]>): string {
  const heads = columns.map(({ head }) => escapeMarkdown(head));
  const cells = rows.map((row) => row.map(escapeMarkdown));
  const widths = heads.map((head, at) => Math.max(3, length(head), ...cells.map((row) => length(row[at] ?? ""))));
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const padded = (texts: readonly string[]): string =>
    line(widths.map((width, at) => pad(texts[at] ?? "", width, columns[at]!.align)));
  const rule = widths.map((width, at) =>
    columns[at]!.align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [padded(heads), line(rule), ...cells.map(padded)].join("\n");
}

/** Escapes text for Markdown. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\|*_`[\]]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}

function pad(text: string, width: number, align: Column["align"]): string {
  const blanks = " ".repeat(width - length(text));
  return align === "right" ? blanks + text : text + blanks;
}

/** In characters, none of which takes two columns here. */
function length(text: string): number {
  return [...text].length;
}
