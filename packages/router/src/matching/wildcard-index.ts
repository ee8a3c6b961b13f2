import type { Id } from "@kreuz/codec";

/** The empty component of a pattern stands for any one component. */
const ANY = "";

/** Patterns of so many components have few shapes anyway, and whatever they are, there is room for them. */
const FREE_COMPONENTS = 8;

/**
 * Shapes of longer patterns, by number of components. They bound what a look-up costs when somebody makes up long patterns
 * to slow it down. One owner has a share of them, and those beyond `OPEN_SHAPES` are for owners that have few.
 */
const MAX_SHAPES = 512;
const OPEN_SHAPES = 256;
const SHAPES_PER_OWNER = 32;
const FEW_SHAPES = 4;

/** The patterns with literals at the same positions: each is known by its literals, and matching is one look-up. */
class Shape<T> {
  /** Who was the first to use it. */
  readonly owner: Id;
  /** The positions of literals, ascending. */
  readonly literals: readonly number[];
  readonly values = new Map<string, T>();

  constructor(components: readonly string[], owner: Id) {
    this.owner = owner;
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

/** The shapes of patterns with the same number of components. */
class Shapes<T> {
  /** The best match first. */
  readonly list: Shape<T>[] = [];
  readonly #byOwner = new Map<Id, number>();

  hasRoomFor(owner: Id): boolean {
    const owned = this.#byOwner.get(owner) ?? 0;
    return this.list.length < OPEN_SHAPES
      ? owned < SHAPES_PER_OWNER
      : owned < FEW_SHAPES && this.list.length < MAX_SHAPES;
  }

  add(shape: Shape<T>): void {
    const place = this.list.findIndex((other) => shape.isBefore(other));
    this.list.splice(place < 0 ? this.list.length : place, 0, shape);
    this.#byOwner.set(shape.owner, (this.#byOwner.get(shape.owner) ?? 0) + 1);
  }

  remove(shape: Shape<T>): void {
    this.list.splice(this.list.indexOf(shape), 1);
    const owned = (this.#byOwner.get(shape.owner) ?? 0) - 1;
    if (owned > 0) this.#byOwner.set(shape.owner, owned);
    else this.#byOwner.delete(shape.owner);
  }
}

/**
 * Values by wildcard pattern (spec: "Wildcard Matching"). Patterns are kept by shape: a look-up costs one step for each shape
 * with as many components as the URI, however many patterns there are.
 */
export class WildcardIndex<T> {
  /** By number of components. */
  readonly #shapes = new Map<number, Shapes<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether there is room for a pattern of this owner: one of a known shape always has room. */
  hasRoomFor(pattern: string, owner: Id): boolean {
    const components = pattern.split(".");
    const shapes = this.#shapes.get(components.length);
    if (components.length <= FREE_COMPONENTS || shapes === undefined || shapes.hasRoomFor(owner)) return true;
    return find(shapes.list, components) !== undefined;
  }

  /** @param owner - whoever is the first to use the shape of the pattern owns it. */
  set(pattern: string, value: T, owner: Id = 0): void {
    const components = pattern.split(".");
    const shape = this.#reach(components, owner);
    const before = shape.values.size;
    shape.values.set(shape.keyOf(components), value);
    this.#size += shape.values.size - before;
  }

  get(pattern: string): T | undefined {
    const components = pattern.split(".");
    const shape = find(this.#shapes.get(components.length)?.list, components);
    return shape?.values.get(shape.keyOf(components));
  }

  delete(pattern: string): void {
    const components = pattern.split(".");
    const shapes = this.#shapes.get(components.length);
    const shape = find(shapes?.list, components);
    if (shapes === undefined || shape === undefined || !shape.values.delete(shape.keyOf(components))) return;
    this.#size--;
    if (shape.values.size > 0) return;
    shapes.remove(shape);
    if (shapes.list.length === 0) this.#shapes.delete(components.length);
  }

  /**
   * Adds the values of all patterns that match `uri` to `found`. The first value found has the most components before each
   * wildcard: the spec's best match.
   *
   * @param max - stop after so many values.
   */
  collect(uri: string, found: T[], max: number = Number.POSITIVE_INFINITY): void {
    const components = uri.split(".");
    for (const shape of this.#shapes.get(components.length)?.list ?? []) {
      const value = shape.values.get(shape.keyOf(components));
      if (value === undefined) continue;
      found.push(value);
      if (found.length >= max) return;
    }
  }

  #reach(components: readonly string[], owner: Id): Shape<T> {
    const shapes = this.#shapes.get(components.length) ?? new Shapes<T>();
    const known = find(shapes.list, components);
    if (known !== undefined) return known;
    const shape = new Shape<T>(components, owner);
    shapes.add(shape);
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
