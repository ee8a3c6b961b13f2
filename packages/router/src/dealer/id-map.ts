import type { Id } from "@kreuz/codec";

const SMALLEST = 16;
/** Up to so much room is kept when it is not needed: what comes and goes in bursts would make it anew each time. */
const KEPT = 256;
/** So far from its home an id is put only when ids meet on purpose. */
const FAR = 64;
/** Without knowing these, nobody can choose ids that meet. */
const FACTOR = randomOdd();
const HIGH_FACTOR = randomOdd();

/**
 * Values by id, for entries that come and go with every message. A `Map` makes itself anew after as many entries as it
 * has room for, and each one that is left behind leads to the next: once the collector has taken one for old, it
 * takes all that follow, and what they hold, for in use. This one stays where it is.
 *
 * An id is looked for from its home on, up to the first gap (linear probing). Ids that count up, as they should, all have
 * homes of their own.
 */
export class IdMap<T> {
  #ids: Id[] = gaps(SMALLEST);
  #values: Array<T | undefined> = nothing(SMALLEST);
  #size = 0;
  /** Whether any id is away from its home; never when ids count up. */
  #displaced = false;
  /** Whether homes are scattered, since ids met where they should not. */
  #scattered = false;

  get size(): number {
    return this.#size;
  }

  get(id: Id): T | undefined {
    return this.#values[this.#find(id)];
  }

  set(id: Id, value: T): void {
    let place = this.#find(id);
    if (this.#ids[place] === 0) {
      this.#size++;
      if (this.#isCrowded(id, place)) place = this.#find(id);
      this.#put(place, id);
    }
    this.#values[place] = value;
  }

  /** @returns whether there was one. */
  delete(id: Id): boolean {
    const place = this.#find(id);
    if (this.#ids[place] === 0) return false;
    this.#size--;
    this.#clear(this.#displaced ? this.#gapFor(place) : place);
    if (this.#ids.length > KEPT && 16 * this.#size < this.#ids.length) this.#resize(this.#ids.length / 2);
    return true;
  }

  /** All values as they are now, in the order of their ids. */
  values(): T[] {
    const ids = this.#ids.filter((id) => id !== 0).toSorted((a, b) => a - b);
    return ids.map((id) => this.get(id) as T);
  }

  #home(id: Id): number {
    return (this.#scattered ? scatter(id) : id) & (this.#ids.length - 1);
  }

  /** Where an id is, or the gap where it would be put. */
  #find(id: Id): number {
    const ids = this.#ids;
    let place = this.#home(id);
    for (let found = ids[place]; found !== id && found !== 0; found = ids[place])
      place = (place + 1) & (ids.length - 1);
    return place;
  }

  /** Makes room before an id is put at `place`, if that is needed. @returns whether things have been moved. */
  #isCrowded(id: Id, place: number): boolean {
    const room = this.#ids.length;
    if (2 * this.#size > room) this.#resize(2 * room);
    else if (!this.#scattered && ((place - this.#home(id)) & (room - 1)) > FAR) {
      this.#scattered = true;
      this.#resize(room);
    } else return false;
    return true;
  }

  #put(place: number, id: Id): void {
    this.#ids[place] = id;
    if (place !== this.#home(id)) this.#displaced = true;
  }

  #clear(place: number): void {
    this.#ids[place] = 0;
    this.#values[place] = undefined;
    if (this.#size === 0) this.#displaced = false;
  }

  /** Moves up what would not be found any more behind a gap at `start`. @returns where there is a gap to be now. */
  #gapFor(start: number): number {
    const [ids, values] = [this.#ids, this.#values];
    const mask = ids.length - 1;
    let gap = start;
    for (let place = (gap + 1) & mask; ids[place] !== 0; place = (place + 1) & mask) {
      // Its way from home to here must lead over the gap.
      if (((place - this.#home(ids[place] as Id)) & mask) < ((place - gap) & mask)) continue;
      ids[gap] = ids[place] as Id;
      values[gap] = values[place];
      gap = place;
    }
    return gap;
  }

  #resize(room: number): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = gaps(room);
    this.#values = nothing(room);
    this.#displaced = false;
    for (const [index, id] of ids.entries()) {
      if (id === 0) continue;
      const place = this.#find(id);
      this.#put(place, id);
      this.#values[place] = values[index];
    }
  }
}

function scatter(id: Id): number {
  const mixed = Math.imul(id % 2 ** 32, FACTOR) + Math.imul(id / 2 ** 32, HIGH_FACTOR);
  return mixed ^ (mixed >>> 15);
}

function gaps(room: number): Id[] {
  return Array.from({ length: room }, () => 0);
}

function nothing<T>(room: number): Array<T | undefined> {
  return Array.from({ length: room }, () => undefined);
}

function randomOdd(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] as number) | 1;
}
