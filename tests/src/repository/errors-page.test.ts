import { readFile } from "node:fs/promises";
import { CloseUri, ErrorUri } from "@kreuz/codec";
import { expect, it } from "vitest";

/** URIs in the first column of the tables in docs/errors.md. */
async function documented(): Promise<string[]> {
  const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  return [...page.matchAll(/^\| `([a-z_.]+)` +\|/gm)].map(([, uri]) => uri ?? "");
}

it("docs/errors.md lists exactly the URIs that codec has constants for, each once", async () => {
  const known = [...Object.values(ErrorUri), ...Object.values(CloseUri)];
  expect((await documented()).toSorted()).toEqual(known.toSorted());
});
