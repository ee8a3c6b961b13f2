import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ConfigPath } from "./config-problem.js";
import { SECRET_KEYS } from "./secrets.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the values of a config come from besides its own text. */
export interface ExpandOptions {
  readonly env: Environment;
  /** Base of relative paths of secret files. */
  readonly folder: string;
  report(path: ConfigPath, message: string): void;
}

/**
 * A value without variables and secret files, and the places that had some: their values are texts, may stand for numbers,
 * and may be secrets.
 */
export interface Expanded {
  readonly value: unknown;
  readonly places: readonly ConfigPath[];
}

const VARIABLE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` by variables of the environment, `$${` by `${`, and `ticketFile` and the like
 * by the contents of the file, without the newline at its end. `{ $file: path }` does the same in the place of any text.
 */
export function expand(value: unknown, options: ExpandOptions): Expanded {
  const places: ConfigPath[] = [];

  function visit(node: unknown, path: ConfigPath): unknown {
    if (typeof node === "string") return visitText(node, path);
    if (Array.isArray(node)) return node.map((item, index) => visit(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    if (isFile(node)) return readFileAt(node.$file, path);
    const entries = Object.entries(node).map(([key, child]): [string, unknown] => [key, visit(child, [...path, key])]);
    const own = new Set(entries.map(([key]) => key));
    // An extension may have such options itself.
    if (path.includes("options")) return Object.fromEntries(entries);
    return Object.fromEntries(entries.map(([key, child]) => readSecret(key, child, [...path, key], own)));
  }

  function visitText(text: string, path: ConfigPath): string {
    if (!text.includes("${")) return text;
    places.push(path);
    return text.replaceAll(VARIABLE, (_, escaped: string | undefined, name: string, fallback: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const given = options.env[name];
      if (given !== undefined && given !== "") return given;
      if (fallback === undefined)
        options.report(path, `the environment has no variable ${name}; set it, or write \${${name}:-default}`);
      return fallback ?? "";
    });
  }

  function readSecret(key: string, child: unknown, path: ConfigPath, own: ReadonlySet<string>): [string, unknown] {
    const secret = key.endsWith("File") ? key.slice(0, -"File".length) : "";
    if (!SECRET_KEYS.includes(secret) || typeof child !== "string") return [key, child];
    if (own.has(secret)) options.report(path, `expected either ${secret} or ${key}, got both`);
    return [secret, readText(child, path)];
  }

  function readFileAt(file: string, path: ConfigPath): string {
    places.push(path);
    return readText(visitText(file, [...path, "$file"]), path);
  }

  function readText(file: string, path: ConfigPath): string {
    try {
      const text = readFileSync(resolve(options.folder, file), "utf8").replace(/\r?\n$/, "");
      if (text === "") options.report(path, `${file} is empty`);
      return text;
    } catch (error) {
      options.report(path, `cannot read ${file}: ${(error as Error).message}`);
      return "unknown";
    }
  }

  return { value: visit(value, []), places };
}

function isFile(node: object): node is { readonly $file: string } {
  return "$file" in node && typeof node.$file === "string" && Object.keys(node).length === 1;
}

/** Turns the texts at some places into the numbers or flags that they stand for. */
export function withLiterals(value: unknown, places: readonly ConfigPath[]): unknown {
  const wanted = new Set(places.map((path) => JSON.stringify(path)));
  function visit(node: unknown, path: ConfigPath): unknown {
    if (typeof node === "string") return wanted.has(JSON.stringify(path)) ? literalOf(node) : node;
    if (Array.isArray(node)) return node.map((item, index) => visit(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child, [...path, key])]));
  }
  return visit(value, []);
}

function literalOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
