import { type MatchPolicy, type Uri } from "@kreuz/codec";

/** A URI with its match policy: a set of concrete URIs. */
export interface Pattern {
  readonly uri: Uri;
  readonly match: MatchPolicy;
}

/** The empty component of a wildcard pattern stands for any one component. */
const ANY = "";

/** True when every concrete URI that `inner` matches is matched by `outer` too. */
export function covers(outer: Pattern, inner: Pattern): boolean {
  switch (outer.match) {
    case "exact":
      return isConcrete(inner) && inner.uri === outer.uri;
    case "prefix":
      return literalHead(inner).startsWith(outer.uri);
    case "wildcard":
      // A prefix reaches URIs of every length, a wildcard pattern those of one.
      return inner.match !== "prefix" && componentsAgree(outer.uri, inner.uri, (a, b) => a === ANY || a === b);
  }
}

/** True when there is a concrete URI that both match. */
export function overlaps(a: Pattern, b: Pattern): boolean {
  if (a.match === "exact") return covers(b, a);
  if (b.match === "exact") return covers(a, b);
  if (a.match === "prefix" && b.match === "prefix") return a.uri.startsWith(b.uri) || b.uri.startsWith(a.uri);
  if (a.match === "prefix") return wildcardReaches(b.uri, a.uri);
  if (b.match === "prefix") return wildcardReaches(a.uri, b.uri);
  return componentsAgree(a.uri, b.uri, (x, y) => x === ANY || y === ANY || x === y);
}

/** What all URIs of the pattern begin with: the text before the end of a prefix or the first empty component. */
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

/** True when the pattern matches one URI only. */
function isConcrete({ uri, match }: Pattern): boolean {
  return match === "exact" || (match === "wildcard" && !uri.split(".").includes(ANY));
}

function componentsAgree(a: Uri, b: Uri, agree: (a: string, b: string) => boolean): boolean {
  const [left, right] = [a.split("."), b.split(".")];
  return left.length === right.length && left.every((component, index) => agree(component, right[index] ?? ANY));
}

/** True when some URI of the wildcard pattern begins with `prefix`, whose last component may be cut off anywhere. */
function wildcardReaches(wildcard: Uri, prefix: string): boolean {
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
