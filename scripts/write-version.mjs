// Writes the version of the app into its sources. Part of `pnpm run version`.
import { readFileSync, writeFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../apps/router/package.json", import.meta.url), "utf8"));
const file = new URL("../apps/router/src/version.ts", import.meta.url);
writeFileSync(file, readFileSync(file, "utf8").replace(/return ".*"/, `return "${version}"`));
