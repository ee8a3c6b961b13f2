import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What is used of Vite, which comes with Vitest. */
interface Vite {
  build(config: object): Promise<ReadonlyArray<{ readonly output: ReadonlyArray<{ readonly code?: string }> }>>;
}

/** How a bundle is made. */
export interface BundleOptions {
  readonly minify?: boolean;
  /** `iife`: a script that sets the global {@link name}. Default. `es`: a module. */
  readonly format?: "iife" | "es";
  readonly name?: string;
}

/** Bundles a program from the sources of the packages, as for a browser. */
export async function bundle(entry: URL, options: BundleOptions = {}): Promise<string> {
  const { minify = false, format = "iife", name = "portable" } = options;
  const require = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
  const vite = (await import(pathToFileURL(require.resolve("vite")).href)) as Vite;
  const [built] = await vite.build({
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["@kreuz/source", "module", "browser", "import", "default"] },
    // Vite leaves modules for libraries unminified unless it is told so here.
    build: {
      write: false,
      minify: minify && "oxc",
      target: "es2023",
      lib: { entry: fileURLToPath(entry), name, formats: [format] },
      rolldownOptions: { output: { minify, comments: !minify } },
    },
  });
  return built?.output[0]?.code ?? "";
}
