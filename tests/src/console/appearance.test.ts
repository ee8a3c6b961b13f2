// Every screen of the console, with a made-up router behind it: accessible in both colour schemes, and no wider than the window.
// KREUZ_SCREENSHOTS names a folder for pictures of them.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, openBrowser, openPage } from "../support/chromium.js";
import { THOROUGH } from "../support/thorough.js";
import { checkAccessible, logIn } from "./page.js";
import { NOW } from "./scripted-data.js";
import { ScriptedRouter } from "./scripted-router.js";

const PICTURES = process.env["KREUZ_SCREENSHOTS"];

const LOOKS = [
  { width: 1280, height: 660, colorScheme: "light" },
  { width: 400, height: 800, colorScheme: "dark" },
  ...(THOROUGH
    ? ([
        { width: 1280, height: 660, colorScheme: "dark" },
        { width: 400, height: 800, colorScheme: "light" },
        { width: 3840, height: 2160, colorScheme: "dark" },
      ] as const)
    : []),
] as const;

describe.skipIf(CHROMIUM.path === undefined)(`The console${CHROMIUM.skipped}`, () => {
  let browser: Browser;
  let router: ScriptedRouter;

  beforeAll(async () => {
    router = await ScriptedRouter.start(20_000);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await router.close();
  });

  it.each(LOOKS)("looks right at $width × $height, $colorScheme", async ({ width, height, colorScheme }) => {
    const { page, problems } = await openPage(browser, "about:blank", { viewport: { width, height }, colorScheme });
    await page.clock.setFixedTime(NOW);
    await page.goto(router.url);
    for (const [name, show] of SCREENS) {
      await show(page, router);
      if (PICTURES !== undefined)
        await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
      await checkAccessible(page).catch((cause: Error) => {
        throw new Error(`${name}: ${cause.message}`, { cause });
      });
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), name).toBeLessThanOrEqual(0);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(CHROMIUM.path === undefined)(`The console of a cluster${CHROMIUM.skipped}`, () => {
  it.each(["light", "dark"] as const)(
    "shows how each node does and which one a session is on, and stays accessible: %s",
    async (colorScheme) => {
      const router = await ScriptedRouter.start(200, ["eu-1", "eu-2"]);
      const browser = await openBrowser();
      const { page, problems } = await openPage(browser, router.url, {
        viewport: { width: 1280, height: 660 },
        colorScheme,
      });
      await logIn(page, "grace", "grace-ticket");
      await heading(page, "Nodes");
      await router.pass(2);
      const nodes = page.getByRole("region", { name: "Nodes" });
      await nodes.getByText("does not answer").waitFor();
      await nodes.getByText("have different roles").waitFor();
      await checkAccessible(page);
      await goTo(page, "topics/4000001");
      await page.getByRole("columnheader", { name: "Node" }).waitFor();
      await checkAccessible(page);
      await goTo(page, "sessions");
      await firstRow(page).waitFor();
      await page.getByRole("columnheader", { name: "Node" }).waitFor();
      expect(await firstRow(page).textContent()).toMatch(/eu-[12]/);
      await checkAccessible(page);
      await page.getByRole("grid").focus();
      await page.keyboard.press("Enter");
      await page.locator("dt", { hasText: "Node" }).waitFor();
      await checkAccessible(page);
      expect(problems).toEqual([]);
      await browser.close();
      await router.close();
    },
  );

  it("without a cluster there is no such column", async () => {
    const router = await ScriptedRouter.start(20);
    const browser = await openBrowser();
    const { page } = await openPage(browser, router.url, { viewport: { width: 1280, height: 660 } });
    await logIn(page, "grace", "grace-ticket");
    await goTo(page, "sessions");
    await firstRow(page).waitFor();
    expect(await page.getByRole("columnheader", { name: "Node" }).count()).toBe(0);
    await browser.close();
    await router.close();
  });
});

/** Shows a screen, and waits until it is there. */
type Show = (page: Page, router: ScriptedRouter) => Promise<unknown>;

const goTo = (page: Page, path: string): Promise<unknown> => page.evaluate(`location.hash = "#/com.shop/${path}"`);
const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole("heading", { name }).first().waitFor();
const firstRow = (page: Page) => page.locator(".table-body .table-row").first();

const SCREENS: readonly (readonly [name: string, show: Show])[] = [
  ["connect", (page) => page.getByLabel("Name").waitFor()],
  [
    "overview",
    async (page, router) => {
      await logIn(page, "grace", "grace-ticket");
      await page
        .locator(".figure")
        .filter({ hasText: "Sessions" })
        .getByText(/^\d\d,\d{3}$/)
        .waitFor();
      await router.pass(640);
      await page.locator(".figure").filter({ hasText: "Calls / s" }).getByText("K").waitFor();
    },
  ],
  [
    "sessions",
    async (page) => {
      await goTo(page, "sessions");
      await firstRow(page).waitFor();
    },
  ],
  [
    "selected",
    async (page) => {
      await goTo(page, "sessions?text=ada&sort=in&desc=1");
      await page.getByText(/\d of 20,000 sessions/).waitFor();
      await page.getByRole("grid").focus();
      for (const key of ["x", "Shift+ArrowDown", "Shift+ArrowDown"]) await page.keyboard.press(key);
      await page.getByText("3 sessions selected").waitFor();
    },
  ],
  [
    "kill",
    async (page) => {
      await page.keyboard.press("Delete");
      await heading(page, "Close 3 sessions?");
    },
  ],
  [
    "session",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.getByRole("grid").press("Enter");
      await heading(page, "What it does");
    },
  ],
  [
    "topics",
    async (page) => {
      await goTo(page, "topics");
      await firstRow(page).waitFor();
    },
  ],
  [
    "topic",
    async (page) => {
      await page.getByRole("grid").press("Enter");
      await heading(page, "Subscribers");
    },
  ],
  [
    "procedures",
    async (page) => {
      await goTo(page, "procedures?sort=pending&desc=1");
      await firstRow(page).waitFor();
    },
  ],
  [
    "procedure",
    async (page) => {
      await page.getByRole("grid").press("Enter");
      await heading(page, "Callees");
    },
  ],
  [
    "call",
    async (page) => {
      await goTo(page, "try?uri=com.shop.price.quote");
      await page.getByLabel("Arguments", { exact: true }).fill('["K-4711", 2]');
      await page.keyboard.press("Control+Enter");
      await page.getByText(/done in .*3 progressive results/).waitFor();
    },
  ],
  [
    "publish",
    async (page) => {
      await goTo(page, "try?do=publish");
      await heading(page, "Nothing published yet");
    },
  ],
  [
    "tail",
    async (page) => {
      await goTo(page, "tail?topic=com.shop.order.&match=prefix");
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("40 events").waitFor();
      await firstRow(page).click();
      await heading(page, "Details");
    },
  ],
  [
    "log",
    async (page) => {
      await goTo(page, "log");
      await page.getByText("the authorizer failed").waitFor();
    },
  ],
  [
    "palette",
    async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Command" }).waitFor();
    },
  ],
  [
    "help",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await heading(page, "In tables");
    },
  ],
];
