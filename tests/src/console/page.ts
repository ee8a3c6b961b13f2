// What tests do with a page of the console.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** Logs in by ticket. */
export async function logIn(page: Page, name: string, secret: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Secret").fill(secret);
  await page.getByRole("button", { name: "Log in" }).click();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** @throws Error with what axe-core finds wrong in the page. */
export async function checkAccessible(page: Page): Promise<void> {
  // By the browser's own protocol, which the policy of the page does not bind.
  await page.evaluate(AXE);
  const found = await page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)`);
  const told = (found as readonly Violation[]).map(({ id, help, nodes }) => {
    const where = nodes.map(({ html, failureSummary }) => `${failureSummary ?? ""} in ${html}`).join("; ");
    return `${id}: ${help}: ${where}`;
  });
  if (told.length > 0) throw new Error(told.join("\n"));
}
