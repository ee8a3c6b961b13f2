// Pages in a real browser.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findTool, type Tool } from "./tools.js";

/** Chromium, if it is installed. */
export const CHROMIUM: Tool = findTool("chromium", "chromium-browser", "google-chrome");

/** Starts the browser; each page of it gets a profile of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM.path!, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors in the browser's console, and exceptions that nothing caught. Breaches of a Content Security Policy are among them. */
  readonly problems: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
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
