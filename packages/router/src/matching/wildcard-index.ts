/** The empty component of a pattern stands for any one component. */
const ANY = "";

/**
 * Shapes per number of components. Patterns of up to eight components have no more anyway; it bounds what a look-up costs
 * when somebody makes up long patterns to slow it down.
 */
const MAX_SHAPES = 256;

/** The patterns with literals at the same positions: each is known by its literals, and matching is one look-up. */
class Shape<T> {
  /** The positions of literals, ascending. */
  readonly literals: readonly number[];
  readonly values = new Map<string, T>();

  constructor(components: readonly string[]) {
    this.literals = literalsOf(components);
  }

  keyOf(components: readonly string[]): string {
    let key = "";
    for (const position of this.literals) key += `${components[position]!}.`;
    return key;
  }

  /** Whether this shape is a better match: a literal where the other one has the first wildcard that differs. */
  isBefore(other: Shape<T>): boolean {
    for (let index = 0; ; index++) {
      const [mine, theirs] = [this.literals[index], other.literals[index]];
      if (mine !== theirs) return mine !== undefined && (theirs === undefined || mine < theirs);
      if (mine === undefined) return false;
    }
  }
}

/**
 * Values by wildcard pattern (spec: "Wildcard Matching"). Patterns are kept by shape: a look-up costs one step for each shape
 * with as many components as the URI, however many patterns there are.
 */
export class WildcardIndex<T> {
  /** By number of components; the best match first. */
  readonly #shapes = new Map<number, Shape<T>[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether there is room for the pattern: one of a known shape always has room. */
  hasRoomFor(pattern: string): boolean {
    const components = pattern.split(".");
    const shapes = this.#shapes.get(components.length);
    return shapes === undefined || shapes.length < MAX_SHAPES || find(shapes, components) !== undefined;
  }

  set(pattern: string, value: T): void {
    const components = pattern.split(".");
    const shape = this.#reach(components);
    const before = shape.values.size;
    shape.values.set(shape.keyOf(components), value);
    this.#size += shape.values.size - before;
  }

  get(pattern: string): T | undefined {
    const components = pattern.split(".");
    const shape = find(this.#shapes.get(components.length), components);
    return shape?.values.get(shape.keyOf(components));
  }

  delete(pattern: string): void {
    const components = pattern.split(".");
    const shapes = this.#shapes.get(components.length);
    const shape = find(shapes, components);
    if (shapes === undefined || shape === undefined || !shape.values.delete(shape.keyOf(components))) return;
    this.#size--;
    if (shape.values.size > 0) return;
    shapes.splice(shapes.indexOf(shape), 1);
    if (shapes.length === 0) this.#shapes.delete(components.length);
  }

  /**
   * Adds the values of all patterns that match `uri` to `found`. The first value found has the most components before each
   * wildcard: the spec's best match.
   *
   * @param max - stop after so many values.
   */
  collect(uri: string, found: T[], max: number = Number.POSITIVE_INFINITY): void {
    const components = uri.split(".");
    for (const shape of this.#shapes.get(components.length) ?? []) {
      const value = shape.values.get(shape.keyOf(components));
      if (value === undefined) continue;
      found.push(value);
      if (found.length >= max) return;
    }
  }

  #reach(components: readonly string[]): Shape<T> {
    const shapes = this.#shapes.get(components.length) ?? [];
    const known = find(shapes, components);
    if (known !== undefined) return known;
    const shape = new Shape<T>(components);
    const place = shapes.findIndex((other) => shape.isBefore(other));
    shapes.splice(place < 0 ? shapes.length : place, 0, shape);
    this.#shapes.set(components.length, shapes);
    return shape;
  }
}

function literalsOf(components: readonly string[]): number[] {
  return Array.from(components.keys()).filter((position) => components[position] !== ANY);
}

/** The shape of a pattern, among those with as many components. */
function find<T>(shapes: readonly Shape<T>[] | undefined, components: readonly string[]): Shape<T> | undefined {
  const literals = literalsOf(components);
  return shapes?.find(
    (shape) =>
      shape.literals.length === literals.length &&
      shape.literals.every((position, index) => position === literals[index]),
  );
}
