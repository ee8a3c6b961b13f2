interface Node<T> {
  value: T | undefined;
  readonly children: Map<string, Node<T>>;
}

const node = <T>(): Node<T> => ({ value: undefined, children: new Map() });

/** The empty component of a pattern stands for any one component. */
const ANY = "";

/** A tree of URI components from wildcard patterns to values (spec: "Wildcard Matching"). */
export class WildcardTree<T> {
  readonly #root: Node<T> = node();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(pattern: string, value: T): void {
    let at = this.#root;
    for (const component of pattern.split(".")) {
      let child = at.children.get(component);
      if (child === undefined) at.children.set(component, (child = node()));
      at = child;
    }
    if (at.value === undefined) this.#size++;
    at.value = value;
  }

  get(pattern: string): T | undefined {
    let at: Node<T> | undefined = this.#root;
    for (const component of pattern.split(".")) at = at?.children.get(component);
    return at?.value;
  }

  delete(pattern: string): void {
    this.#remove(this.#root, pattern.split("."), 0);
  }

  /**
   * Adds the values of all patterns that match `uri` to `found`. Literal branches are searched before wildcards, so the
   * first value found has the most components before each wildcard: the spec's best match.
   *
   * @param max - stop after so many values.
   */
  collect(uri: string, found: T[], max: number = Number.POSITIVE_INFINITY): void {
    collect(this.#root, uri.split("."), 0, found, max);
  }

  #remove(at: Node<T>, components: readonly string[], index: number): void {
    const component = components[index];
    if (component === undefined) {
      if (at.value !== undefined) this.#size--;
      at.value = undefined;
      return;
    }
    const child = at.children.get(component);
    if (child === undefined) return;
    this.#remove(child, components, index + 1);
    if (child.value === undefined && child.children.size === 0) at.children.delete(component);
  }
}

function collect<T>(at: Node<T>, components: readonly string[], index: number, found: T[], max: number): void {
  const component = components[index];
  if (component === undefined) {
    if (at.value !== undefined) found.push(at.value);
    return;
  }
  const literal = component === ANY ? undefined : at.children.get(component);
  if (literal !== undefined) collect(literal, components, index + 1, found, max);
  if (found.length >= max) return;
  const any = at.children.get(ANY);
  if (any !== undefined) collect(any, components, index + 1, found, max);
}
