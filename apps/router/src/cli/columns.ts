const GAP = 2;

/** Lays out labels and texts in two columns, the texts wrapped at `width` characters. */
export function columns(
  rows: readonly (readonly [label: string, text: string])[],
  indent: number,
  width: number,
): string {
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + GAP;
  const left = indent + labelWidth;
  return rows
    .flatMap(([label, text]) =>
      wrap(text, width - left).map(
        (line, index) => " ".repeat(indent) + (index === 0 ? label : "").padEnd(labelWidth) + line,
      ),
    )
    .join("\n");
}

/** Breaks a text between words into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
