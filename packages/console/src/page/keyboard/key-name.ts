const NAMES: Readonly<Record<string, string>> = { Delete: "Del", Escape: "Esc", Enter: "↵", " ": "Space" };

/** What is written on the key. */
export function keyName(key: string): string {
  if (key.startsWith("Ctrl+")) return `Ctrl ${key.slice(5).toUpperCase()}`;
  return NAMES[key] ?? key;
}
