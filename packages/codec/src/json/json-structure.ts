import { tooDeep, tooManyValues } from "../frame/frame-limits.js";

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Number of outermost commas to remember: no message has more elements. */
const MAX_COMMAS = 8;

/**
 * Finds the elements of a JSON message in its text. Looks at the structure only; `JSON.parse` decides what is valid. One
 * instance serves all frames, so a scan allocates nothing.
 */
export class JsonStructure {
  /** Offset of each comma between elements of the outermost list. */
  readonly commas: Uint32Array = new Uint32Array(MAX_COMMAS);
  /** Offset of the bracket that closes the outermost list. */
  end = 0;
  /** Number of `key: value` pairs in all dicts at every level. */
  pairs = 0;

  /** @throws ProtocolError when lists and dicts nest deeper than `maxDepth`, or an element has more than `maxValues` values. */
  scan(text: string, maxDepth: number, maxValues: number): void {
    this.pairs = 0;
    this.end = text.length;
    let commas = 0;
    let values = 0;
    let depth = 0;
    for (let index = 0; index < text.length; index++) {
      switch (text.charCodeAt(index)) {
        case QUOTE:
          index = endOfString(text, index);
          break;
        case COMMA:
          if (depth !== 1) values++;
          else {
            if (commas < MAX_COMMAS) this.commas[commas++] = index;
            values = 1;
          }
          break;
        case COLON:
          this.pairs++;
          break;
        case OPEN_LIST:
        case OPEN_DICT:
          if (++depth > maxDepth) throw tooDeep(maxDepth);
          if (depth === 1 || !isEmptyAhead(text, index)) values++;
          break;
        case CLOSE_LIST:
        case CLOSE_DICT:
          if (--depth === 0) this.end = index;
          break;
      }
      if (values > maxValues) throw tooManyValues(maxValues);
    }
  }
}

/** Whether the list or dict that opens at `start` closes at once. */
function isEmptyAhead(text: string, start: number): boolean {
  let offset = start + 1;
  while (text.charCodeAt(offset) <= SPACE) offset++;
  const code = text.charCodeAt(offset);
  return code === CLOSE_LIST || code === CLOSE_DICT;
}

/** Offset of the quote that closes the string opened at `start`. `indexOf` is native, so long strings cost little. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** Counts the keys in all dicts of a parsed value. The text has more pairs than that when a dict repeats a key. */
export function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") keys += countKeys(item);
    return keys;
  }
  for (const key in value) keys += 1 + countKeys((value as Record<string, unknown>)[key]);
  return keys;
}
