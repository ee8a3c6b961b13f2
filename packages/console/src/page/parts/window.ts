/** Rows above and below the visible ones that are drawn, too, so that fast scrolling shows no gaps. */
const MARGIN = 10;

/** The rows of a long list that are drawn. */
export interface Window {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** Which rows of equal height can be seen. All sizes in pixels. */
export function windowOf(rows: number, rowHeight: number, scrollTop: number, height: number): Window {
  const first = Math.max(0, Math.min(rows, Math.floor(scrollTop / rowHeight) - MARGIN));
  const end = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + MARGIN);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll so that a row can be seen below a head of one row; `scrollTop` if it can be seen. */
export function scrollTo(row: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + 2 * rowHeight - height);
}
