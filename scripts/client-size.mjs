// Prints what each part of the client takes in a page: minified, and compressed behind the parts before it, so that the
// rows add up. The table in packages/client/README.md comes from here.
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const root = new URL("../", import.meta.url);
const require = createRequire(createRequire(new URL("package.json", root)).resolve("vitest/package.json"));
const vite = await import(pathToFileURL(require.resolve("vite")).href);

const PARTS = [
  ["payloads and errors of `@kreuz/codec`", /codec\//],
  ["waiting values, results, errors of a session", /session\/src\/(bounded-queue|call-result|errors|uris|report)/],
  ["requests and their answers", /session\/src\/requests/],
  ["calls: signals, time-outs, streams both ways", /session\/src\/caller/],
  ["making again what a session holds", /session\/src\/holdings/],
  ["procedures: progress, input, errors, limits", /session\/src\/(callee|running-call)/],
  ["subscriptions", /session\/src\/subscriber/],
  ["the session's interface and states", /session\/src\/message-session/],
  ["handshake, logins, features", /client\/src\/(handshake|errors|uris)/],
  ["connecting again, pings, GOODBYE", /client\/src\/client-session/],
  ["JSON, checked, with binary values", /client\/src\/(json|base64)/],
  ["WebSocket", /client\/src\/websocket/],
  ["options and defaults", /client\/src\/connect|page-entry/],
];

const [built] = await vite.build({
  configFile: false,
  logLevel: "silent",
  root: fileURLToPath(root),
  resolve: { conditions: ["@kreuz/source", "module", "browser", "import", "default"] },
  build: {
    write: false,
    minify: "oxc",
    target: "es2023",
    sourcemap: "hidden",
    lib: { entry: fileURLToPath(new URL("tests/src/session/page-entry.ts", root)), formats: ["es"] },
    rolldownOptions: { output: { minify: true, comments: false } },
  },
});
const { code, map } = built.output[0];
const total = gzipSync(code, { level: 9 }).length;

// The bundle has the modules one behind the other: the last column that a part reaches is where it ends.
const starts = new Map();
for (const [column, source] of segments(map.mappings.split(";")[0])) {
  const part = PARTS.findIndex(([, pattern]) => pattern.test(map.sources[source]));
  if (!starts.has(part)) starts.set(part, column);
}
const rows = [...starts].toSorted(([, a], [, b]) => a - b);
let before = 0;
for (const [index, [part, start]] of rows.entries()) {
  const end = rows[index + 1]?.[1] ?? code.length;
  const compressed = index === rows.length - 1 ? total : gzipSync(code.slice(0, end), { level: 9 }).length;
  const from = index === 0 ? 0 : start;
  console.log(`| ${PARTS[part]?.[0] ?? "other"} | ${end - from} | ${compressed - before} |`);
  before = compressed;
}
console.log(`| all | ${code.length} | ${total} |`);

/** The column and the source of each segment of a line (Source Map, version 3). */
function* segments(line) {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let column = 0;
  let source = 0;
  for (const segment of line.split(",")) {
    const values = [];
    let value = 0;
    let shift = 0;
    for (const char of segment) {
      const digit = digits.indexOf(char);
      value += (digit & 31) << shift;
      shift += 5;
      if (digit < 32) {
        values.push(value & 1 ? -(value >> 1) : value >> 1);
        value = shift = 0;
      }
    }
    column += values[0];
    source += values[1] ?? 0;
    yield [column, source];
  }
}
