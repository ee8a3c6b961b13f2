/**
 * Characters that could forge or garble a line where it is shown: control characters, line and paragraph separators, and
 * those that change the direction of text.
 */
// oxlint-disable-next-line no-control-regex -- these are what is searched for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** Likewise, in JSON, which has escaped the first 32 already. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Escapes what must not reach a terminal as it is: `\u001b`, `\u000a`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escapeCharacter);
}

/** The same for a line of JSON, which keeps its value. */
export function printableJson(line: string): string {
  return line.replaceAll(UNPRINTABLE_IN_JSON, escapeCharacter);
}

/** Escapes all texts and keys of a log line, so that one line stays one line. Only stack traces keep theirs. */
export function printableFields(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map(printableFields);
  if (typeof value !== "object" || value === null) return value;
  const { message } = value as { readonly message?: unknown };
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      printable(key),
      key === "stack" && typeof field === "string" ? printableStack(field, message) : printableFields(field),
    ]),
  );
}

/** A stack trace repeats the message of its error, which may hold text of a client. */
function printableStack(stack: string, message: unknown): string {
  const safe = typeof message === "string" && message !== "" ? stack.replace(message, () => printable(message)) : stack;
  return safe.split("\n").map(printable).join("\n");
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
