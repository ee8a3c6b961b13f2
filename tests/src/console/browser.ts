// Pages of the console in Chromium.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findTool, type Tool } from "../support/tools.js";

/** Chromium, if it is installed. */
export const CHROMIUM: Tool = findTool("chromium", "chromium-browser", "google-chrome");

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM.path!, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** A page that fails the test for each error of its console: those of the Content Security Policy are among them. */
export interface CheckedPage {
  readonly page: Page;
  readonly problems: string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<CheckedPage> {
  const context = await browser.newContext({ reducedMotion: "reduce", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => void problems.push(String(error)));
  await page.goto(url);
  return { page, problems };
}

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

/** Fails with what axe-core finds wrong in the page. */
export async function expectAccessible(page: Page): Promise<void> {
  // By the protocol, which the policy of the page does not bind.
  await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)`,
  );
  const told = (found as readonly Violation[]).map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.failureSummary ?? node.html).join("; ")} in ${nodes[0]?.html}`,
  );
  if (told.length > 0) throw new Error(told.join("\n"));
}
