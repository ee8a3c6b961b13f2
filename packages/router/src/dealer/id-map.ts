import type { Id } from "@kreuz/codec";
import type { Random } from "../random.js";

const MIN_CAPACITY = 16;
/** A table does not shrink below this: entries that come and go in bursts would make it grow again each time. */
const MIN_SHRUNK_CAPACITY = 256;
/** An id lands farther from its home than this only when a client chooses ids that collide. */
const MAX_PROBES = 64;

/** Hashes ids with random factors: without knowing them, nobody can choose ids that collide. */
export class IdScatter {
  readonly #low: number;
  readonly #high: number;

  constructor(random: Random) {
    this.#low = random.id() | 1;
    this.#high = random.id() | 1;
  }

  hash(id: Id): number {
    const mixed = Math.imul(id % 2 ** 32, this.#low) + Math.imul(id / 2 ** 32, this.#high);
    return mixed ^ (mixed >>> 15);
  }
}

/**
 * Values by id, for entries that come and go with every message. A `Map` rebuilds its table again and again under such
 * use, and each old table refers to the next: once the garbage collector has promoted one, it keeps all that follow, and
 * their entries, alive. This table is reused in place.
 *
 * Ids are those of WAMP, from 1 on. One is searched from its home to the first gap (linear probing). Ids that count up, as WAMP demands, never collide.
 */
export class IdMap<T> {
  readonly #scatter: IdScatter | undefined;
  #ids: Id[] = emptyIds(MIN_CAPACITY);
  #values: Array<T | undefined> = emptyValues(MIN_CAPACITY);
  #size = 0;
  /** Whether any id is away from its home; never when ids count up. */
  #displaced = false;
  /** Whether homes are hashed, since ids collided. */
  #scattered = false;

  /** @param scatter - for ids that clients choose; nobody can make those collide then. */
  constructor(scatter?: IdScatter) {
    this.#scatter = scatter;
  }

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
      if (this.#makeRoom(id, place)) place = this.#find(id);
      this.#put(place, id);
    }
    this.#values[place] = value;
  }

  /** @returns whether the id was present. */
  delete(id: Id): boolean {
    const place = this.#find(id);
    if (this.#ids[place] === 0) return false;
    this.#size--;
    this.#clear(this.#displaced ? this.#gapFor(place) : place);
    if (this.#ids.length > MIN_SHRUNK_CAPACITY && 16 * this.#size < this.#ids.length)
      this.#resize(this.#ids.length / 2);
    return true;
  }

  /** A copy of all values, in the order of their ids. */
  values(): T[] {
    const ids = this.#ids.filter((id) => id !== 0).toSorted((a, b) => a - b);
    return ids.map((id) => this.get(id) as T);
  }

  #home(id: Id): number {
    return (this.#scattered ? this.#scatter!.hash(id) : id) & (this.#ids.length - 1);
  }

  /** The place of an id, or the gap where it would be put. */
  #find(id: Id): number {
    const ids = this.#ids;
    let place = this.#home(id);
    for (let found = ids[place]; found !== id && found !== 0; found = ids[place])
      place = (place + 1) & (ids.length - 1);
    return place;
  }

  /** Grows or rehashes the table if an id at `place` requires it. @returns whether entries have moved. */
  #makeRoom(id: Id, place: number): boolean {
    const room = this.#ids.length;
    if (2 * this.#size > room) this.#resize(2 * room);
    else if (this.#scatter !== undefined && !this.#scattered && ((place - this.#home(id)) & (room - 1)) > MAX_PROBES) {
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

  /** Moves up the entries that a gap at `start` would cut off from their homes. @returns the place of the gap then. */
  #gapFor(start: number): number {
    const [ids, values] = [this.#ids, this.#values];
    const mask = ids.length - 1;
    let gap = start;
    for (let place = (gap + 1) & mask; ids[place] !== 0; place = (place + 1) & mask) {
      // The probe from its home must cross the gap.
      if (((place - this.#home(ids[place] as Id)) & mask) < ((place - gap) & mask)) continue;
      ids[gap] = ids[place] as Id;
      values[gap] = values[place];
      gap = place;
    }
    return gap;
  }

  #resize(room: number): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = emptyIds(room);
    this.#values = emptyValues(room);
    this.#displaced = false;
    for (const [index, id] of ids.entries()) {
      if (id === 0) continue;
      const place = this.#find(id);
      this.#put(place, id);
      this.#values[place] = values[index];
    }
  }
}

function emptyIds(room: number): Id[] {
  return Array.from({ length: room }, () => 0);
}

function emptyValues<T>(room: number): Array<T | undefined> {
  return Array.from({ length: room }, () => undefined);
}
