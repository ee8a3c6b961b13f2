/** In pixels, for measuring text and for drawing it. */
export const FONT_SIZE = { heading: 19, title: 14, text: 12, small: 11 } as const;

/** Fills the bar of the baseline. */
export const HATCHING: string =
  '<pattern id="hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
  '<line class="hatching" x1="0" y1="0" x2="0" y2="5"/></pattern>';

/**
 * Light and dark colours. The chart has a background of its own, since a page may be light while the system is dark. Not
 * all SVG viewers support custom properties, so it uses none.
 */
export const STYLE: string = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-size: ${FONT_SIZE.text}px; fill: #1f2328; }
.heading { font-size: ${FONT_SIZE.heading}px; font-weight: 600; }
.title { font-size: ${FONT_SIZE.title}px; font-weight: 600; }
.muted { font-size: ${FONT_SIZE.small}px; fill: #59636e; }
.name { text-anchor: end; }
.value { font-variant-numeric: tabular-nums; }
.strong { font-weight: 600; fill: #4338ca; }
.page { fill: #ffffff; stroke: #d1d9e0; }
.rule { stroke: #d1d9e0; }
.kreuz { fill: #4f46e5; }
.kreuz.second { fill: #b4b0f5; }
.peer { fill: #98a2b0; }
.peer.second { fill: #c8cfd8; }
.baseline { fill: url(#hatching); stroke: #7b8593; }
.baseline.second { stroke: #b9c1cb; }
.hatching { stroke: #b9c1cb; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.muted { fill: #9198a1; }
.strong { fill: #a5a2ff; }
.page { fill: #0d1117; stroke: #3d444d; }
.rule { stroke: #3d444d; }
.kreuz { fill: #7c78f8; }
.kreuz.second { fill: #4845a0; }
.peer { fill: #6a7482; }
.peer.second { fill: #434c58; }
.baseline { stroke: #848e9b; }
.baseline.second { stroke: #4a535f; }
.hatching { stroke: #4a535f; }
}
`;

// Character widths of a wide font (Verdana, DejaVu Sans). The reader's font is unknown; a narrower one leaves space.
const NARROW = /[ijl.,:;'|!()[\]ftr\u00A0 /-]/;
const WIDE = /[mwMW%@]/;
const UPPER = /[A-Z&]/;

/** Estimates the max width of a text, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let em = 0;
  for (const character of text)
    em += NARROW.test(character) ? 0.38 : WIDE.test(character) ? 0.98 : UPPER.test(character) ? 0.72 : 0.64;
  return em * fontSize;
}

/** Shortens a text that is too wide and appends an ellipsis. */
export function shorten(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, fontSize) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** Breaks a text at spaces into lines that fit. */
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
  return [...lines, line].map((each) => shorten(each, fontSize, width));
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for an element or an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}

/** An element with text, which is escaped. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  return `<${name}${formatAttributes(attributes)}>${escapeXml(text)}</${name}>`;
}

/** An element without content. */
export function emptyElement(name: string, attributes: Attributes): string {
  return `<${name}${formatAttributes(attributes)}/>`;
}

/** Attributes of an element. Numbers are rounded to a tenth. */
export type Attributes = Readonly<Record<string, string | number>>;

function formatAttributes(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(
      ([name, value]) =>
        ` ${name}="${escapeXml(String(typeof value === "number" ? Number(value.toFixed(1)) : value))}"`,
    )
    .join("");
}
