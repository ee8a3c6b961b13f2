// Tests that no module imports itself, directly or through others. Imports of types count, too.
import { describe, expect, test } from "vitest";
import { importedFile, importsOf, packageFolders, sourcesOf } from "./sources.js";

type Graph = ReadonlyMap<string, readonly string[]>;

/** Returns the modules of a package, each with its imports from the same package. */
async function importGraph(folder: string): Promise<Graph> {
  const graph = new Map<string, readonly string[]>();
  const files = await sourcesOf(folder);
  for (const file of files) {
    const relative = (await importsOf(folder, file)).filter((specifier) => specifier.startsWith("."));
    graph.set(
      file,
      relative.map((specifier) => importedFile(files, file, specifier)),
    );
  }
  return graph;
}

/** Returns the modules along the first cycle that it finds. */
function findCycle(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    const seen = path.indexOf(file);
    if (seen >= 0) return [...path.slice(seen), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

test.each([...(await packageFolders()), "bench", "tests"])("%s has no cycle of imports", async (folder) => {
  const graph = await importGraph(folder);
  expect(graph.size).toBeGreaterThan(0);
  expect(findCycle(graph)).toBeUndefined();
});

describe("findCycle", () => {
  test("finds a cycle", () => {
    const graph = new Map([
      ["a.ts", ["b.ts"]],
      ["b.ts", ["c.ts"]],
      ["c.ts", ["b.ts"]],
    ]);
    expect(findCycle(graph)).toEqual(["b.ts", "c.ts", "b.ts"]);
  });

  test("finds none where two modules import the same third one", () => {
    const graph = new Map([
      ["a.ts", ["b.ts", "c.ts"]],
      ["b.ts", ["c.ts"]],
      ["c.ts", []],
    ]);
    expect(findCycle(graph)).toBeUndefined();
  });
});
