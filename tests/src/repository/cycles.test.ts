// No module imports, by any way round, one that imports it; imports of types count too.
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

type Graph = ReadonlyMap<string, readonly string[]>;

/** Each module under `src` with the modules beside it that it imports. */
async function importsWithin(folder: string): Promise<Graph> {
  const graph = new Map<string, readonly string[]>();
  for (const file of await readdir(join(ROOT, folder, "src"), { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const code = (await readFile(join(ROOT, folder, "src", file), "utf8")).replaceAll(/\/\*.*?\*\//gs, "");
    const targets = Array.from(code.matchAll(/\bfrom\s+["'](\.[^"']+)["']/g), ([, target = ""]) =>
      normalize(join(dirname(file), target)).replace(/\.js$/, ".ts"),
    );
    graph.set(file, targets);
  }
  return graph;
}

/** The first circle found, as the way round it. */
function findCircle(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    const seen = path.indexOf(file);
    if (seen >= 0) return [...path.slice(seen), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test("no package has a circle of imports", async () => {
  for (const parent of ["packages", "apps"])
    for (const name of await readdir(join(ROOT, parent))) {
      const folder = `${parent}/${name}`;
      expect(findCircle(await importsWithin(folder)), folder).toBeUndefined();
    }
});

test("a circle is found where there is one", () => {
  const graph = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", ["c.ts"]],
    ["c.ts", ["b.ts"]],
  ]);
  expect(findCircle(graph)).toEqual(["b.ts", "c.ts", "b.ts"]);
});
