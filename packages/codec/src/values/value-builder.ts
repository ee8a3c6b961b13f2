import type { Utf8Reader } from "../frame/utf8-reader.js";
import type { ValueSink } from "../value-sink.js";

type Container = unknown[] | Record<string, unknown>;

/** Builds the JavaScript value of what it takes. */
export class ValueBuilder implements ValueSink {
  readonly #utf8: Utf8Reader;
  #root: unknown;
  #current: Container | undefined;
  #key = "";
  readonly #outer: Array<Container | undefined> = [];
  readonly #outerKeys: string[] = [];

  constructor(utf8: Utf8Reader) {
    this.#utf8 = utf8;
  }

  /** @returns the value that has been taken, and forgets it. */
  finish(): unknown {
    const root = this.#root;
    this.#root = undefined;
    return root;
  }

  null(): void {
    this.#add(null);
  }

  boolean(value: boolean): void {
    this.#add(value);
  }

  number(value: number): void {
    this.#add(value);
  }

  bigint(value: bigint): void {
    this.#add(value);
  }

  string(value: string): void {
    this.#add(value);
  }

  utf8(bytes: Uint8Array, start: number, end: number): void {
    this.#add(this.#utf8.read(bytes, start, end));
  }

  /** Copies the bytes, which would keep the whole frame in memory. */
  binary(value: Uint8Array): void {
    this.#add(new Uint8Array(value));
  }

  openList(): number {
    return this.#open([]);
  }

  closeList(): void {
    this.#close();
  }

  openDict(): number {
    return this.#open({});
  }

  key(value: string): void {
    this.#key = value;
  }

  utf8Key(bytes: Uint8Array, start: number, end: number): void {
    this.#key = this.#utf8.read(bytes, start, end);
  }

  closeDict(): void {
    this.#close();
  }

  #open(container: Container): number {
    this.#add(container);
    this.#outer.push(this.#current);
    this.#outerKeys.push(this.#key);
    this.#current = container;
    return 0;
  }

  #close(): void {
    this.#current = this.#outer.pop();
    this.#key = this.#outerKeys.pop() as string;
  }

  #add(value: unknown): void {
    const current = this.#current;
    if (current === undefined) this.#root = value;
    else if (Array.isArray(current)) current.push(value);
    else if (this.#key !== "__proto__") current[this.#key] = value;
    else Object.defineProperty(current, this.#key, { value, writable: true, enumerable: true, configurable: true });
  }
}
