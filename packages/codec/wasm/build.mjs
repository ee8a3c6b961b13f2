// Compiles json-scan.ts with AssemblyScript. `node wasm/build.mjs` writes the module to src/json/json-scan-module.ts.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("json-scan.ts", import.meta.url);
export const TARGET = new URL("../src/json/json-scan-module.ts", import.meta.url);

/** @returns the source text of the TypeScript file that holds the module. */
export async function compile() {
  // Loaded here: the compiler is large, and most tests of this folder do not need it.
  const { default: asc } = await import("assemblyscript/asc");
  const source = await readFile(SOURCE, "utf8");
  let module;
  const options = [
    "--outFile",
    "module",
    "-O3",
    "--runtime",
    "stub",
    "--noAssert",
    "--enable",
    "simd",
    "--initialMemory",
    "2",
  ];
  const { error, stderr } = await asc.main(["json-scan.ts", ...options], {
    readFile: (name) => (name === "json-scan.ts" ? source : null),
    writeFile: (name, contents) => {
      if (name === "module") module = contents;
    },
  });
  if (error !== null) throw new Error(`json-scan.ts does not compile:\n${stderr.toString()}`, { cause: error });
  return [
    "// Compiled from wasm/json-scan.ts by `pnpm --filter @kreuz/codec wasm`. A test compares it with its source.",
    "",
    `export const MODULE_BASE64: string =\n  "${Buffer.from(module).toString("base64")}";`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await compile());
