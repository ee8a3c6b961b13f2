// What the browser loads.
import { gzipSync } from "node:zlib";
import { consoleFiles } from "@kreuz/console";
import { expect, it } from "vitest";

const files = consoleFiles();
const textOf = (name: string): string => new TextDecoder().decode(files.get(name)!.body);

it("takes at most 60 kB in all, compressed", () => {
  const loaded = [...files].filter(([name]) => name !== "THIRD-PARTY-NOTICES.txt");
  const sizes = loaded.map(([, { body }]) => gzipSync(body, { level: 9 }).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
});

it("loads nothing from elsewhere, and needs no inline scripts or styles", () => {
  const html = textOf("index.html");
  expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name).toSorted()).toEqual(
    [...files.keys()].filter((name) => /\.(js|css|svg)$/.test(name)).toSorted(),
  );
  expect(html).not.toMatch(/<style|style=|<script>|\son\w+=/);
  for (const name of ["console.js", "console.css"]) expect(textOf(name)).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
});

it("names the licenses of what is in it", () => {
  for (const name of ["preact", "@preact/signals"]) expect(textOf("THIRD-PARTY-NOTICES.txt")).toContain(`${name} `);
});
