/** The parts of a key event that move in a table. */
export type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">;

/** Which row a key moves to; undefined if it moves to none. */
export function moveOf(event: KeyPress, current: number, rows: number, page: number): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const target = targetOf(event.key, current, rows, Math.max(1, page));
  return target === undefined ? undefined : Math.max(0, Math.min(rows - 1, target));
}

function targetOf(key: string, current: number, rows: number, page: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "j":
      return current + 1;
    case "ArrowUp":
    case "k":
      return current - 1;
    case "PageDown":
      return current + page;
    case "PageUp":
      return current - page;
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return undefined;
  }
}
