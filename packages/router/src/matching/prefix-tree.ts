interface Node<T> {
  /** The characters from the parent to here. */
  edge: string;
  value: T | undefined;
  /** By the first character of their edge, which is unique among siblings. */
  readonly children: Map<string, Node<T>>;
}

const node = <T>(edge: string, value?: T): Node<T> => ({ edge, value, children: new Map() });

/**
 * A radix tree from prefix strings to values. Finding every prefix of a text takes time in the length of the text, not
 * in the number of prefixes.
 */
export class PrefixTree<T> {
  readonly #root: Node<T> = node("");
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(prefix: string, value: T): void {
    const at = this.#reach(prefix);
    if (at.value === undefined) this.#size++;
    at.value = value;
  }

  get(prefix: string): T | undefined {
    let at: Node<T> | undefined = this.#root;
    let offset = 0;
    while (at !== undefined && offset < prefix.length) {
      at = at.children.get(prefix.charAt(offset));
      if (at === undefined || !prefix.startsWith(at.edge, offset)) return undefined;
      offset += at.edge.length;
    }
    return at?.value;
  }

  delete(prefix: string): void {
    this.#remove(this.#root, prefix, 0);
  }

  /** Adds the values of all prefixes of `text` to `found`, the shortest first. */
  collect(text: string, found: T[]): void {
    let at: Node<T> | undefined = this.#root;
    let offset = 0;
    for (;;) {
      if (at.value !== undefined) found.push(at.value);
      at = at.children.get(text.charAt(offset));
      if (at === undefined || !text.startsWith(at.edge, offset)) return;
      offset += at.edge.length;
    }
  }

  /** Returns the node for `prefix`, created if absent, splitting an edge where needed. */
  #reach(prefix: string): Node<T> {
    let at = this.#root;
    let offset = 0;
    while (offset < prefix.length) {
      const key = prefix.charAt(offset);
      const child = at.children.get(key);
      if (child === undefined) {
        const made = node<T>(prefix.slice(offset));
        at.children.set(key, made);
        return made;
      }
      const shared = sharedLength(child.edge, prefix, offset);
      at = shared === child.edge.length ? child : split(at, child, shared);
      offset += shared;
    }
    return at;
  }

  #remove(at: Node<T>, prefix: string, offset: number): void {
    if (offset === prefix.length) {
      if (at.value !== undefined) this.#size--;
      at.value = undefined;
      return;
    }
    const key = prefix.charAt(offset);
    const child = at.children.get(key);
    if (child === undefined || !prefix.startsWith(child.edge, offset)) return;
    this.#remove(child, prefix, offset + child.edge.length);
    if (child.value !== undefined) return;
    if (child.children.size === 0) at.children.delete(key);
    else if (child.children.size === 1) merge(at, child, key);
  }
}

function sharedLength(edge: string, text: string, offset: number): number {
  let length = 1;
  while (length < edge.length && edge.charCodeAt(length) === text.charCodeAt(offset + length)) length++;
  return length;
}

/** Inserts a node into the edge to `child`. */
function split<T>(parent: Node<T>, child: Node<T>, length: number): Node<T> {
  const middle = node<T>(child.edge.slice(0, length));
  parent.children.set(middle.edge.charAt(0), middle);
  child.edge = child.edge.slice(length);
  middle.children.set(child.edge.charAt(0), child);
  return middle;
}

/** Undoes a split that no value needs any more: replaces `child` with its only child. */
function merge<T>(parent: Node<T>, child: Node<T>, key: string): void {
  for (const only of child.children.values()) {
    only.edge = child.edge + only.edge;
    parent.children.set(key, only);
  }
}
