import { ProtocolError } from "../errors.js";
import { tooManyValues } from "../frame/frame-errors.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Commas of the outermost list that are of interest: no message has more elements. */
const MOST_COMMAS = 8;

/**
 * Where the elements of a JSON message lie. One instance is used again for every frame, so that a scan allocates
 * nothing. The scan looks at structure only; `JSON.parse` decides what is valid.
 */
export class JsonStructure {
  /** Offset of each comma between elements of the outermost list. */
  readonly commas: Uint32Array = new Uint32Array(MOST_COMMAS);
  /** Offset of the bracket that closes the outermost list. */
  end = 0;
  /** Number of `key: value` pairs in all dicts, however deep. */
  pairs = 0;

  /** @throws ProtocolError when lists and dicts nest deeper than `maxDepth`, or have more than `maxValues` members. */
  scan(text: string, maxDepth: number, maxValues: number): void {
    this.pairs = 0;
    this.end = text.length;
    let commas = 0;
    let separators = 0;
    let depth = 0;
    for (let index = 0; index < text.length; index++) {
      switch (text.charCodeAt(index)) {
        case QUOTE:
          index = endOfString(text, index);
          break;
        case COMMA:
          separators++;
          if (depth === 1 && commas < MOST_COMMAS) this.commas[commas++] = index;
          break;
        case COLON:
          this.pairs++;
          break;
        case OPEN_LIST:
        case OPEN_DICT:
          if (++depth > maxDepth)
            throw new ProtocolError(`the message nests deeper than ${maxDepth} levels of lists and dicts`);
          break;
        case CLOSE_LIST:
        case CLOSE_DICT:
          if (--depth === 0) this.end = index;
          break;
      }
    }
    if (separators >= maxValues) throw tooManyValues(maxValues);
  }
}

/** Offset of the quote that closes the string opened at `start`. Searching is native, so long strings cost little. */
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

/** Number of keys in all dicts of a parsed value: fewer than the text has pairs when a key occurs twice in one dict. */
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
