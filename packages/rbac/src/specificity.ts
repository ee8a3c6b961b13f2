import { literalHead, type Pattern } from "./pattern.js";

/**
 * Orders rules from the most to the least specific, for `sort`. Of two rules that match the same URI, the one that says
 * more of it literally, read from the left, is the more specific: an exact rule before all others, a longer prefix
 * before a shorter one, `com.shop..price` before `com...price`. Where a prefix ends just as a wildcard pattern has its
 * first empty component, the wildcard pattern goes first, because it says how many components there are.
 *
 * The order does not depend on the URI, so that a whole area of URIs can be judged by walking the rules once.
 */
export function bySpecificity(a: Pattern, b: Pattern): number {
  return (
    literalHead(b).length - literalHead(a).length ||
    KIND[a.match] - KIND[b.match] ||
    compareText(shape(b), shape(a)) ||
    compareText(a.uri, b.uri)
  );
}

const KIND = { exact: 0, wildcard: 1, prefix: 2 };

/** `1` for each literal component, `0` for each empty one: compared as text, literals further left weigh more. */
function shape({ uri, match }: Pattern): string {
  if (match !== "wildcard") return "";
  return uri
    .split(".")
    .map((component) => (component === "" ? "0" : "1"))
    .join("");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
