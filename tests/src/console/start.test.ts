// `npm start`, and the link that it prints.
import { connect } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, openBrowser, openPage } from "../support/chromium.js";
import { RouterProcess } from "../support/router-process.js";

describe.skipIf(CHROMIUM.path === undefined)(`The development start${CHROMIUM.skipped}`, () => {
  let browser: Browser;
  let router: RouterProcess;

  beforeAll(async () => {
    browser = await openBrowser();
    router = await RouterProcess.start();
  });
  afterAll(async () => {
    await browser.close();
    await router.kill();
  });

  it("prints a link that opens the console once, and the console shows a client that joins", async () => {
    const link = router.log.find(({ msg }) => msg === "listening")!["console"] as string;
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=.{20,}$/);
    const { page, problems } = await openPage(browser, link);
    await page.getByRole("navigation").waitFor();
    expect(page.url()).not.toContain("token");

    await page.keyboard.press("2");
    await page.getByText("Nobody is connected to realm1 yet.").waitFor();
    const session = await connect({ transport: webSocket(router.url), realm: "realm1", agent: "me" });
    const row = page.getByRole("row").filter({ hasText: session.authid });
    await row.waitFor();

    // Reloading logs in again, with the next token.
    await page.reload();
    await row.waitFor();
    expect(page.url()).not.toContain("token");

    const second = await openPage(browser, link);
    await second.page.getByText(/good once/).waitFor();

    await row.click();
    await page.getByRole("heading", { name: session.authid }).waitFor();
    await session.close();
    await page.getByText("This session has ended").waitFor();
    expect(problems).toEqual([]);
  });
});
