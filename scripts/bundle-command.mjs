// Bundles the `kreuz` command into dist/kreuz.js, since Node.js takes about a millisecond to load each of some 400 modules.
// `@kreuz/codec` and `@kreuz/router` stay outside: plugins share their classes with the command. So does `@kreuz/console`, which
// reads the files beside it. Run in apps/router.
import { writeFile } from "node:fs/promises";
import { rolldown } from "rolldown";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const OUTSIDE = [/^@kreuz\/(codec|console|router)/, "bufferutil", "utf-8-validate", "pino-pretty"];

const bundle = await rolldown({ input: "dist/cli.js", platform: "node", external: OUTSIDE, logLevel: "warn" });
const { output } = await bundle.write({
  dir: "dist",
  format: "esm",
  entryFileNames: "kreuz.js",
  chunkFileNames: "kreuz-[name].js",
});
await writeFile("dist/THIRD-PARTY-NOTICES.txt", await thirdPartyNotices(output));
