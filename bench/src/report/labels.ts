const TWO_CORES = " (2 cores)";

/** What a server is to the reader: the router in question, the limit, or another router. */
export type Role = "kreuz" | "limit" | "peer";

/** What the names in the results say. */
export interface Identity {
  /** The name without the number of cores. */
  readonly base: string;
  readonly role: Role;
  readonly twoCores: boolean;
}

/** Takes a server's name apart. */
export function identify(name: string): Identity {
  const twoCores = name.endsWith(TWO_CORES);
  const base = twoCores ? name.slice(0, -TWO_CORES.length) : name;
  return { base, role: roleOf(base), twoCores };
}

function roleOf(base: string): Role {
  if (/^kreuz\b/i.test(base)) return "kreuz";
  return /\brelay\b/i.test(base) ? "limit" : "peer";
}

/** What a server is called in print: the relay must not pass for a router. */
export function label(base: string): string {
  return roleOf(base) === "limit" ? "bare ws relay (limit)" : base;
}

/** What the column or row of a server is called in a table: as `label`, with the number of cores. */
export function heading(name: string): string {
  const { base, twoCores } = identify(name);
  return twoCores ? label(base) + TWO_CORES : label(base);
}

/** The servers in the order in which they are compared: Kreuz, the others as they come, the limit last. */
export function inOrder<T extends { readonly name: string }>(servers: readonly T[]): T[] {
  const rank: Readonly<Record<Role, number>> = { kreuz: 0, peer: 1, limit: 2 };
  return servers.toSorted((a, b) => rank[identify(a.name).role] - rank[identify(b.name).role]);
}
