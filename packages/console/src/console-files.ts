import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A file that the browser loads. */
export interface ConsoleFile {
  /** The value of `Content-Type`. */
  readonly type: string;
  readonly body: Uint8Array;
}

/** All files of the page, by their paths. What is not here is not served. */
const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "console.js": "text/javascript; charset=utf-8",
  "console.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
  "THIRD-PARTY-NOTICES.txt": "text/plain; charset=utf-8",
};

/**
 * Reads the files of the console: `index.html`, which belongs at `/`, and what it loads, by names relative to it. They need
 * nothing from elsewhere, and work under a policy that forbids inline scripts and styles and demands Trusted Types.
 *
 * @throws Error when the package has not been built.
 */
export function consoleFiles(): ReadonlyMap<string, ConsoleFile> {
  return new Map(Object.entries(TYPES).map(([name, type]) => [name, { type, body: read(name) }]));
}

function read(name: string): Uint8Array {
  // The same folder for src/ and dist/.
  const path = fileURLToPath(new URL(`../dist/page/${name}`, import.meta.url));
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${path} is missing: build @kreuz/console first, for example with \`npm run build\``, { cause });
  }
}
