/**
 * Widths in em, of a wide font (Verdana, DejaVu Sans): which one the reader has is not known, and in a narrower one there
 * is only more room.
 */
const NARROW = /[ijl.,:;'|!()[\]ftr\u00A0 /-]/;
const WIDE = /[mwMW%@]/;
const UPPER = /[A-Z&]/;

/** About how wide a text is at most, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let em = 0;
  for (const character of text)
    em += NARROW.test(character) ? 0.38 : WIDE.test(character) ? 0.98 : UPPER.test(character) ? 0.72 : 0.64;
  return em * fontSize;
}

/** The text, or its beginning and an ellipsis where it is too wide. */
export function shorten(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, fontSize) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** The text in lines that fit; it is broken at spaces. */
export function wrap(text: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, fontSize) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => shorten(one, fontSize, width));
}
