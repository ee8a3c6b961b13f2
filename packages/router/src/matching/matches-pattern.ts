import type { MatchPolicy, Uri } from "@kreuz/codec";

/** Whether a concrete URI falls under a pattern (spec: "Pattern-based Subscription"). */
export function matchesPattern(uri: Uri, pattern: Uri, match: MatchPolicy): boolean {
  if (match === "exact") return uri === pattern;
  if (match === "prefix") return uri.startsWith(pattern);
  const components = uri.split(".");
  const wanted = pattern.split(".");
  return (
    components.length === wanted.length &&
    wanted.every((component, index) => component === "" || component === components[index])
  );
}
