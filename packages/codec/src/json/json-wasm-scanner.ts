import type { CodecLimits } from "../codec.js";
import { readBase64 } from "./base64.js";
import { MODULE_BASE64 } from "./json-scan-module.js";
import { BOUNDS_PER_ELEMENT, type JsonScanner, MAX_ELEMENTS } from "./json-scanner.js";

const PAGE_BYTES = 65_536;
/** Where the module expects the frame, and what it writes behind it. */
const TEXT = 8192;
const ZEROS = 72;
/** Bytes of the shortest pair in a dict. */
const MIN_PAIR_BYTES = 5;
/** Bytes for each key: its hash, and places for it in a table that is at most a quarter full. */
const BYTES_PER_KEY = 40;
/** Larger memory is given back after so many frames that do not need it. */
const MAX_BYTES_KEPT = 1024 * 1024;
const FRAMES_UNTIL_SMALL = 256;
const NOT_ACCEPTED = -1;

interface ScanExports {
  readonly memory: WebAssembly.Memory;
  scan(length: number, maxDepth: number, maxValues: number): number;
}

/** Scans with SIMD, in memory of its own that the frame is copied to: the source is `wasm/json-scan.ts`. */
export class JsonWasmScanner implements JsonScanner {
  bounds: Int32Array = new Int32Array(0);
  readonly #module: WebAssembly.Module;
  readonly #limits: Required<CodecLimits>;
  #exports: ScanExports;
  #memory: Uint8Array = new Uint8Array(0);
  #framesUntilSmall = FRAMES_UNTIL_SMALL;

  private constructor(module: WebAssembly.Module, limits: Required<CodecLimits>) {
    this.#module = module;
    this.#limits = limits;
    this.#exports = this.#instantiate();
  }

  /** @returns `undefined` where the platform has no WebAssembly with SIMD, or a security policy forbids it. */
  static create(limits: Required<CodecLimits>): JsonWasmScanner | undefined {
    try {
      const bytes = readBase64(
        new TextEncoder().encode(MODULE_BASE64),
        0,
        MODULE_BASE64.length,
      ) as Uint8Array<ArrayBuffer>;
      return new JsonWasmScanner(new WebAssembly.Module(bytes), limits);
    } catch {
      return undefined;
    }
  }

  scan(frame: Uint8Array): number {
    const { length } = frame;
    if (!this.#makeRoom(length)) return NOT_ACCEPTED;
    this.#memory.set(frame, TEXT);
    return this.#exports.scan(length, this.#limits.maxDepth, this.#limits.maxValues);
  }

  /** @returns whether there is memory for a frame of so many bytes. */
  #makeRoom(length: number): boolean {
    const needed = TEXT + length + ZEROS + BYTES_PER_KEY * Math.min(length / MIN_PAIR_BYTES, this.#limits.maxValues);
    if (needed <= this.#memory.length) {
      if (this.#memory.length > MAX_BYTES_KEPT) this.#countDown(needed);
      return true;
    }
    try {
      this.#exports.memory.grow(Math.ceil((needed - this.#memory.length) / PAGE_BYTES));
    } catch {
      return false;
    }
    this.#view(this.#exports);
    return true;
  }

  #countDown(needed: number): void {
    if (needed > MAX_BYTES_KEPT) this.#framesUntilSmall = FRAMES_UNTIL_SMALL;
    else if (--this.#framesUntilSmall === 0) {
      this.#framesUntilSmall = FRAMES_UNTIL_SMALL;
      this.#exports = this.#instantiate();
    }
  }

  #instantiate(): ScanExports {
    const exports = new WebAssembly.Instance(this.#module).exports as unknown as ScanExports;
    this.#view(exports);
    return exports;
  }

  #view({ memory }: ScanExports): void {
    this.#memory = new Uint8Array(memory.buffer);
    this.bounds = new Int32Array(memory.buffer, 0, BOUNDS_PER_ELEMENT * MAX_ELEMENTS);
  }
}
