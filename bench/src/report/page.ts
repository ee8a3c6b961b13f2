import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The page that shows results. `src` and `dist` are equally deep, so the path fits both. */
export const PERFORMANCE_PAGE: string = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url));

/** Puts text between the comments `<!-- name -->` and `<!-- /name -->` of a page. */
export function putIntoPage(path: string, name: string, text: string): void {
  writeFileSync(path, withSection(readFileSync(path, "utf8"), name, text));
}

/** @throws Error when the page has no such section. */
export function withSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no section ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
