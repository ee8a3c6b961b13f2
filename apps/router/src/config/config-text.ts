import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Pair } from "yaml";
import type { ConfigPath, ConfigProblem } from "./config-problem.js";

/** A position in a text, both numbers from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text of a config file: its value, and the position of each part. Reads YAML, which includes JSON. */
export class ConfigText {
  /** As it was read. */
  readonly text: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /** Syntax errors. */
  get problems(): readonly ConfigProblem[] {
    return this.#document.errors.map(({ message, pos }) => ({ path: "", message, ...this.#position(pos[0]) }));
  }

  /** The text as plain values. @throws Error for an alias without an anchor, or aliases that expand to too much. */
  get value(): unknown {
    return this.#document.toJS();
  }

  /** Position of the value at `path`, or of its key. If the path does not exist, of its longest part that does. */
  locate(path: ConfigPath, part: "value" | "key" = "value"): Position {
    let found: unknown = this.#document.contents;
    for (const [index, step] of path.entries()) {
      const next = part === "key" && index === path.length - 1 ? this.#key(found, step) : this.#child(found, step);
      if (next === undefined) break;
      found = next;
    }
    return this.#position(isNode(found) ? (found.range?.[0] ?? 0) : 0);
  }

  /** The value of a key or index, or the key itself if it has no value. */
  #child(node: unknown, step: string | number): unknown {
    const parent = this.#resolve(node);
    if (isSeq(parent)) return typeof step === "number" ? parent.items[step] : undefined;
    const pair = pairOf(parent, step);
    return pair?.value ?? pair?.key;
  }

  #key(node: unknown, step: string | number): unknown {
    return pairOf(this.#resolve(node), step)?.key;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function pairOf(parent: unknown, key: string | number): Pair | undefined {
  if (!isMap(parent)) return undefined;
  return parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}
