/**
 * Several values per key, where most keys have one: a single value is stored without a set around it. A value must not
 * be a `Set` itself.
 */
export class Multimap<K, V extends object> {
  readonly #values = new Map<K, V | Set<V>>();

  add(key: K, value: V): void {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, value);
    else if (values instanceof Set) values.add(value);
    else if (values !== value) this.#values.set(key, new Set([values, value]));
  }

  remove(key: K, value: V): void {
    const values = this.#values.get(key);
    if (values === value) this.#values.delete(key);
    if (!(values instanceof Set)) return;
    values.delete(value);
    if (values.size === 0) this.#values.delete(key);
  }

  count(key: K): number {
    const values = this.#values.get(key);
    if (values === undefined) return 0;
    return values instanceof Set ? values.size : 1;
  }

  /** The values of all these keys. */
  all(keys: readonly K[]): V[] {
    const found: V[] = [];
    for (const key of new Set(keys)) {
      const values = this.#values.get(key);
      if (values instanceof Set) for (const value of values) found.push(value);
      else if (values !== undefined) found.push(values);
    }
    return found;
  }
}
