const GAP = 2;

/** Rows of a label and a text, the texts one below the other and wrapped at `width` characters. */
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

/** Lines of at most `width` characters, broken between words. */
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
