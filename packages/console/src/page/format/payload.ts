/** Characters of a payload that are shown: a page with more would be slow. */
export const SHOWN_PAYLOAD: number = 64 * 1024;
/** Characters of a payload that fit into a row. */
const SHOWN_IN_ROW = 400;

/** What a call, a result or an event carries. */
export interface Carried {
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
}

/** A text, and how long it was before it was cut. */
export interface CutText {
  readonly text: string;
  /** The length of the whole text; that of `text` if nothing was cut. */
  readonly length: number;
}

/** A payload as indented text, cut at {@link SHOWN_PAYLOAD} characters. */
export function payloadText({ args = [], kwargs = {} }: Carried): CutText {
  const hasKeywords = Object.keys(kwargs).length > 0;
  const parts: string[] = [];
  if (args.length > 0 || !hasKeywords) parts.push(JSON.stringify(args, undefined, 2));
  if (hasKeywords) parts.push(JSON.stringify(kwargs, undefined, 2));
  return cut(parts.join("\n"), SHOWN_PAYLOAD);
}

/** A payload in one line, cut to what fits into a row. */
export function payloadLine({ args = [], kwargs = {} }: Carried): string {
  const hasKeywords = Object.keys(kwargs).length > 0;
  const list = args.length > 0 || !hasKeywords ? args.map((each) => JSON.stringify(each)).join(", ") : "";
  const dict = hasKeywords ? JSON.stringify(kwargs) : "";
  return cut([list, dict].filter((part) => part !== "").join(" "), SHOWN_IN_ROW).text;
}

function cut(text: string, limit: number): CutText {
  return { text: text.length > limit ? `${text.slice(0, limit)}…` : text, length: text.length };
}
