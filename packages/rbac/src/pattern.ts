import { type MatchPolicy, type Uri } from "@kreuz/codec";

/** A URI with its match policy: a set of concrete URIs. */
export interface Pattern {
  readonly uri: Uri;
  readonly match: MatchPolicy;
}

/** The empty component of a wildcard pattern, which matches any one component. */
const ANY = "";

/** Whether `outer` matches every concrete URI that `inner` matches. */
export function covers(outer: Pattern, inner: Pattern): boolean {
  switch (outer.match) {
    case "exact":
      return isConcrete(inner) && inner.uri === outer.uri;
    case "prefix":
      return literalHead(inner).startsWith(outer.uri);
    case "wildcard":
      // A prefix matches URIs of any number of components, a wildcard pattern only of its own.
      return inner.match !== "prefix" && componentsAgree(outer.uri, inner.uri, (a, b) => a === ANY || a === b);
  }
}

/** Whether some concrete URI matches both. */
export function overlaps(a: Pattern, b: Pattern): boolean {
  if (a.match === "exact") return covers(b, a);
  if (b.match === "exact") return covers(a, b);
  if (a.match === "prefix" && b.match === "prefix") return a.uri.startsWith(b.uri) || b.uri.startsWith(a.uri);
  if (a.match === "prefix") return wildcardHasPrefix(b.uri, a.uri);
  if (b.match === "prefix") return wildcardHasPrefix(a.uri, b.uri);
  return componentsAgree(a.uri, b.uri, (x, y) => x === ANY || y === ANY || x === y);
}

/** The text that every URI of the pattern starts with. */
export function literalHead({ uri, match }: Pattern): string {
  if (match !== "wildcard") return uri;
  const components = uri.split(".");
  const first = components.indexOf(ANY);
  if (first === -1) return uri;
  return components
    .slice(0, first)
    .map((component) => `${component}.`)
    .join("");
}

/** Whether the pattern matches exactly one URI. */
function isConcrete({ uri, match }: Pattern): boolean {
  return match === "exact" || (match === "wildcard" && !uri.split(".").includes(ANY));
}

function componentsAgree(a: Uri, b: Uri, agree: (a: string, b: string) => boolean): boolean {
  const [left, right] = [a.split("."), b.split(".")];
  return left.length === right.length && left.every((component, index) => agree(component, right[index] ?? ANY));
}

/** Whether some URI of the wildcard pattern starts with `prefix`, whose last component may be incomplete. */
function wildcardHasPrefix(wildcard: Uri, prefix: string): boolean {
  const whole = prefix.split(".");
  const partial = whole.pop() ?? "";
  const components = wildcard.split(".");
  if (components.length <= whole.length) return false;
  const next = components[whole.length] ?? ANY;
  return (
    (next === ANY || next.startsWith(partial)) &&
    whole.every((component, index) => components[index] === ANY || components[index] === component)
  );
}
