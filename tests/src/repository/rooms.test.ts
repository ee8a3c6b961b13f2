// Tests what the folders inside packages may import.
import { describe, expect, test } from "vitest";
import { importedFile, importsOf, isForTests, sourcesOf } from "./sources.js";

/** The folders of a package's `src`, or of a folder in it, each with the folders that it may import. */
type Rooms = Readonly<Record<string, readonly string[]>>;

/**
 * The packages that are divided into folders. A folder may also import itself and the files at the root of `src`. Those
 * import only each other and what is listed under "", except for the {@link ENTRIES}, which may import everything and which
 * nothing may import. Tests
 * and their helpers may import everything.
 *
 * The test fails for a folder that is not listed, and for one that is listed and does not exist.
 */
const ROOMS: Readonly<Record<string, Rooms>> = {
  "packages/codec": {
    extension: [],
    frame: [],
    messages: [],
    values: ["frame", "messages"],
    json: ["frame", "messages", "values"],
    binary: ["frame", "messages", "values"],
    // The contract of codecs speaks of messages.
    "": ["messages"],
  },
  "packages/router": {
    matching: [],
    payload: [],
    stats: [],
    session: ["matching", "payload"],
    auth: ["session", "stats"],
    plugin: ["matching", "payload", "session", "auth", "stats"],
    fabric: ["session", "plugin"],
    // Where the services of a realm are listed: among them the hub of its events, its numbers, and its fabric.
    "": ["plugin", "stats", "fabric"],
    broker: ["matching", "payload", "session", "auth", "plugin", "stats", "fabric"],
    dealer: ["matching", "payload", "session", "auth", "plugin", "stats", "fabric"],
    realm: ["session", "auth", "plugin", "broker", "dealer", "stats", "fabric"],
    connection: ["session", "auth", "realm", "stats"],
  },
  "packages/transport-node": {
    output: [],
    tls: [],
    connection: ["output"],
    server: ["connection", "output", "tls"],
    websocket: ["connection", "output", "server", "tls"],
    rawsocket: ["connection", "output", "server", "tls"],
    longpoll: ["connection", "output", "server"],
    listen: ["connection", "server", "websocket", "rawsocket", "longpoll"],
  },
  "packages/cluster": {
    wire: [],
    link: ["wire"],
    membership: ["wire"],
    claims: ["wire"],
    replica: [],
    fabric: ["wire", "link", "membership", "claims", "replica"],
    memory: [],
  },
  "packages/auth": {
    cryptosign: [],
    scram: [],
    client: ["cryptosign", "scram"],
    cookie: [],
    dynamic: ["cryptosign", "scram"],
    "": ["cryptosign", "scram"],
  },
  "packages/console/src/page": {
    api: [],
    format: [],
    keyboard: [],
    navigation: [],
    stores: ["api", "format"],
    parts: ["api", "format", "keyboard", "navigation", "stores"],
    screens: ["api", "format", "navigation", "parts", "stores"],
    shell: ["api", "format", "keyboard", "navigation", "parts", "screens", "stores"],
  },
};

/** The files at the top of a package, at the root of `src`. The default is `index.ts`. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "packages/auth": ["index.ts", "accounts.ts"],
  "packages/cluster": ["index.ts", "memory.ts"],
  "packages/console/src/page": ["main.tsx"],
  "packages/router": ["index.ts", "router.ts"],
};

/** Returns the folder of a file, or "" for one at the root of `src`. */
function roomOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

/** Returns why a file may not import another file of its package, or undefined if it may. */
function problemOf(rooms: Rooms, entries: readonly string[], file: string, target: string): string | undefined {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (entries.includes(file)) return undefined;
  if (entries.includes(target)) return `${file} imports ${target}, which is at the top`;
  if (to === from || to === "") return undefined;
  if (from === "" && rooms[""]?.includes(to) !== true) return `${file} imports ${target}, but is not at the top itself`;
  return rooms[from]?.includes(to) ? undefined : `${file} imports ${target}, but ${from} may not import ${to}`;
}

/** Returns all imports in a package that its table does not allow. */
async function problemsOf(folder: string, rooms: Rooms): Promise<string[]> {
  const entries = ENTRIES[folder] ?? ["index.ts"];
  const problems: string[] = [];
  const files = (await sourcesOf(folder)).filter((file) => !isForTests(file));
  for (const file of files)
    for (const specifier of await importsOf(folder, file)) {
      if (!specifier.startsWith(".")) continue;
      const target = importedFile(files, file, specifier);
      const problem = problemOf(rooms, entries, file, target);
      if (problem !== undefined) problems.push(problem);
    }
  return problems;
}

describe.each(Object.entries(ROOMS))("%s", (folder, rooms) => {
  test("every folder is in the table, and every folder in the table exists", async () => {
    const files = (await sourcesOf(folder)).filter((file) => !isForTests(file));
    const found = [...new Set(files.map(roomOf))].filter((room) => room !== "");
    const listed = Object.keys(rooms).filter((room) => room !== "");
    expect(found.toSorted()).toEqual(listed.toSorted());
  });

  test("every folder imports only what the table allows", async () => {
    expect(await problemsOf(folder, rooms)).toEqual([]);
  });

  test("the table has no cycle, and names folders that are in it", () => {
    const left = new Map(Object.entries(rooms));
    for (let size = -1; size !== left.size;) {
      size = left.size;
      for (const [room, imports] of left)
        if (imports.every((name) => !left.has(name) && name in rooms)) left.delete(room);
    }
    expect([...left.keys()]).toEqual([]);
  });
});

describe("problemOf", () => {
  const rooms: Rooms = { low: [], high: ["low"] };
  const entries = ["index.ts", "router.ts"];

  test.each([
    ["high/a.ts", "low/b.ts"],
    ["high/a.ts", "high/b.ts"],
    ["high/deep/a.ts", "high/b.ts"],
    ["low/a.ts", "limits.ts"],
    ["limits.ts", "logger.ts"],
    ["index.ts", "high/a.ts"],
    ["router.ts", "low/a.ts"],
  ])("%s may import %s", (file, target) => {
    expect(problemOf(rooms, entries, file, target)).toBeUndefined();
  });

  test.each([
    ["low/a.ts", "high/b.ts"],
    ["low/a.ts", "unlisted/b.ts"],
    ["unlisted/a.ts", "low/b.ts"],
    ["limits.ts", "low/a.ts"],
    ["high/a.ts", "router.ts"],
    ["limits.ts", "index.ts"],
  ])("%s may not import %s", (file, target) => {
    expect(problemOf(rooms, entries, file, target)).toBeDefined();
  });
});
