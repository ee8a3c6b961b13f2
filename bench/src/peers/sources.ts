import { readFile } from "node:fs/promises";

/**
 * The text of a file of bench/peers: programs in other languages that start a peer.
 *
 * `tsc` does not copy them, so they are found from where this module runs, `src` and `dist` being equally deep.
 */
export function sourceOf(path: string): Promise<string> {
  return readFile(new URL(`../../peers/${path}`, import.meta.url), "utf8");
}
