/** So many items that are gone are kept at most, as long as others are there. */
const GONE = 1024;

/** First in, first out, also when it is long: the `shift` of an array moves all that is left. */
export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  get first(): T | undefined {
    return this.#items[this.#first];
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1);
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const { first } = this;
    if (this.#first < this.#items.length) this.#first++;
    if (this.#first === this.#items.length) this.#items.length = this.#first = 0;
    else if (this.#first > GONE && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return first;
  }
}
