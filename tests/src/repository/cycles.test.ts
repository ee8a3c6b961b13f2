// No module may import itself, directly or through others; imports of types count as well.
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, packageFolders, sourcesOf } from "./sources.js";

type Graph = ReadonlyMap<string, readonly string[]>;

/** The modules of a package, each with the modules of the same package that it imports. */
async function importGraph(folder: string): Promise<Graph> {
  const graph = new Map<string, readonly string[]>();
  for (const file of await sourcesOf(folder)) {
    const relative = (await importsOf(folder, file)).filter((specifier) => specifier.startsWith("."));
    const targets = relative.map((specifier) =>
      posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, ".ts"),
    );
    graph.set(file, targets);
  }
  return graph;
}

/** The first circle found, as the modules along it. */
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

test.each([...(await packageFolders()), "bench", "tests"])("%s has no circle of imports", async (folder) => {
  const graph = await importGraph(folder);
  expect(graph.size).toBeGreaterThan(0);
  expect(findCircle(graph)).toBeUndefined();
});

describe("findCircle", () => {
  test("finds a circle", () => {
    const graph = new Map([
      ["a.ts", ["b.ts"]],
      ["b.ts", ["c.ts"]],
      ["c.ts", ["b.ts"]],
    ]);
    expect(findCircle(graph)).toEqual(["b.ts", "c.ts", "b.ts"]);
  });

  test("finds none where two modules import the same third one", () => {
    const graph = new Map([
      ["a.ts", ["b.ts", "c.ts"]],
      ["b.ts", ["c.ts"]],
      ["c.ts", []],
    ]);
    expect(findCircle(graph)).toBeUndefined();
  });
});
