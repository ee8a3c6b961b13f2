/** Arguments that were typed: what they are, or what is wrong with them. */
export type Typed<T> = { readonly value: T } | { readonly problem: string };

/** Positional arguments: a JSON list, or one JSON value, or a bare word, which is a string. Nothing is an empty list. */
export function typedArgs(text: string): Typed<readonly unknown[]> {
  const trimmed = text.trim();
  if (trimmed === "") return { value: [] };
  const parsed = parse(trimmed);
  if ("value" in parsed) return { value: Array.isArray(parsed.value) ? parsed.value : [parsed.value] };
  // What looks like JSON was meant as JSON.
  return /^[[{"]/.test(trimmed) ? parsed : { value: [trimmed] };
}

/** Keyword arguments: a JSON object. Nothing is an empty one. */
export function typedKwargs(text: string): Typed<Readonly<Record<string, unknown>>> {
  const trimmed = text.trim();
  if (trimmed === "") return { value: {} };
  const parsed = parse(trimmed);
  if ("problem" in parsed) return parsed;
  if (typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    return { problem: 'Expected a JSON object, such as {"unit": "EUR"}.' };
  return { value: parsed.value as Record<string, unknown> };
}

function parse(text: string): Typed<unknown> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `Not JSON: ${(error as Error).message}` };
  }
}
