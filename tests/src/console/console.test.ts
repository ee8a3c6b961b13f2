// The console in a browser, with a real router behind it.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CHROMIUM, openBrowser, openPage, type WatchedPage } from "../support/chromium.js";
import { ConsoleRouter, SHOP } from "./console-router.js";
import { logIn } from "./page.js";

describe.skipIf(CHROMIUM.path === undefined)(`The console${CHROMIUM.skipped}`, () => {
  let browser: Browser;
  let router: ConsoleRouter;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser.close());
  beforeEach(async () => {
    router = await ConsoleRouter.start();
    watched = await openPage(browser, router.url, { viewport: { width: 1280, height: 800 } });
    ({ page } = watched);
  });
  afterEach(async () => {
    await page.context().close();
    await router.close();
  });

  /** Logs in, and opens a screen of the shop. */
  async function open(screen: string, name = "grace"): Promise<void> {
    await logIn(page, name, `${name}-ticket`);
    await page.getByRole("navigation").waitFor();
    await page.evaluate(`location.hash = "#/${SHOP}/${screen}"`);
  }
  const shows = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const row = (authid: string) => page.getByRole("row").filter({ hasText: authid });

  it("lets nobody in with a wrong secret, says so, and forgets what was typed", async () => {
    await logIn(page, "grace", "wrong");
    await shows("Name or secret is wrong.");
    expect(await page.getByLabel("Secret").inputValue()).toBe("");
    await logIn(page, "grace", "grace-ticket");
    await page.getByRole("navigation").waitFor();
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")).toBe(
      '[{},{},""]',
    );
    expect(watched.problems).toEqual([]);
  });

  it("shows a client within moments of its joining, and again when it has left", async () => {
    await open("sessions");
    await shows(`Nobody is connected to ${SHOP} yet.`);
    const ada = await router.join("ada");
    await row("ada").waitFor();
    await ada.leave();
    await shows(`Nobody is connected to ${SHOP} yet.`);
    expect(watched.problems).toEqual([]);
  });

  it("draws few of 20,000 sessions, loads more of them at the end, and finds one", async () => {
    await router.joinMany("client", 20_000);
    await open("sessions?sort=authid");
    await shows("20,000 sessions, 500 loaded");
    expect(await page.getByRole("row").count()).toBeLessThan(80);
    await page.getByRole("grid").press("End");
    await shows("20,000 sessions, 1,000 loaded");
    await page.getByRole("searchbox").fill("CLIENT1777");
    await shows("11 of 20,000 sessions");
    expect(await page.evaluate("location.hash")).toContain("text=CLIENT1777");
    await row("client17770").waitFor();
    expect(watched.problems).toEqual([]);
  });

  it("closes one session with a reason and a message", async () => {
    const [ada, bob] = [await router.join("ada"), await router.join("bob")];
    await open("sessions");
    await row("ada")
      .getByText("customer")
      .click({ modifiers: ["Shift"] });
    await page.keyboard.press("Escape");
    await row("ada").locator(".tick").click();
    await page.getByRole("button", { name: "Close…" }).click();
    await page.getByRole("heading", { name: "Close 1 session?" }).waitFor();
    await page.getByLabel("Reason").fill("com.shop.closing");
    await page.getByLabel("Message").fill("we close at eight");
    await page.getByRole("button", { name: "Close 1 session" }).click();
    await shows("1 session closed.");
    const goodbye = await ada.next("GOODBYE");
    expect(goodbye).toMatchObject({ reason: "com.shop.closing", details: { message: "we close at eight" } });
    await row("ada").waitFor({ state: "detached" });
    await row("bob").waitFor();
    await bob.leave();
  });

  it("closes 500 sessions that fit a search, and no others", async () => {
    await router.joinMany("old", 500);
    await router.joinMany("new", 20);
    await open("sessions?text=old");
    await shows("500 of 520 sessions");
    await page.getByRole("button", { name: "Select all 500" }).click();
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Close 500 sessions" }).click();
    await shows("500 sessions closed.");
    expect(router.router.counts(SHOP)?.sessions).toBe(20);
  });

  it("selects nothing that the filter hides", async () => {
    await router.joinMany("client", 3);
    await open("sessions");
    await row("client0").locator(".tick").click();
    await shows("1 session selected");
    await page.getByRole("searchbox").fill("client1");
    await shows("1 of 3 sessions");
    await page.getByText("1 session selected").waitFor({ state: "detached" });
  });

  it("shows a viewer nothing that only operators may do", async () => {
    await router.join("ada");
    await open("sessions", "vera");
    await row("ada").waitFor();
    for (const name of ["Close…", "Select all 1"]) expect(await page.getByRole("button", { name }).count()).toBe(0);
    expect(await page.locator(".tick").count()).toBe(0);
    await page.keyboard.press("Delete");
    expect(await page.getByRole("dialog").count()).toBe(0);
    for (const name of ["Try", "Tail"]) expect(await page.getByRole("link", { name }).count()).toBe(0);
    await page.evaluate(`location.hash = "#/${SHOP}/try"`);
    await shows("Only operators can call and publish");
    await page.evaluate(`location.hash = "#/${SHOP}/tail"`);
    await shows("Only operators can see events");
    await page.evaluate(`location.hash = "#/${SHOP}/overview"`);
    await page.getByRole("heading", { name: "Router" }).waitFor();
    expect(await page.getByRole("button", { name: "Drain…" }).count()).toBe(0);
    expect(watched.problems).toEqual([]);
  });

  it("stays at hand while a tail is flooded, and counts what it does not show", async () => {
    await open("tail?topic=com.shop.&match=prefix");
    await page.getByRole("button", { name: "Start" }).click();
    await shows("Listening to com.shop.");
    for (let event = 0; event < 20_000; event++) {
      await router.shop.publish("com.shop.flood", [{ event, text: "x".repeat(100) }]);
      if (event % 500 === 0) await new Promise((resolve) => void setTimeout(resolve));
    }
    await row("com.shop.flood").first().waitFor();
    // The one after the flood brings the number of those that were left out.
    await expect
      .poll(
        async () => {
          await router.shop.publish("com.shop.last", []);
          return page.getByText(/more not shown/).count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    expect(await page.getByRole("row").count()).toBeLessThan(80);
    await page.keyboard.press("2");
    await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
    expect(watched.problems).toEqual([]);
  });

  it("calls with progressive results, and cancels", async () => {
    let aborted = false;
    await router.shop.register("com.shop.count", async function* ({ args: [to], signal }) {
      for (let step = 1; step < Number(to); step++) yield step;
      if (Number(to) < 1000) return to;
      // Until somebody gives up.
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      aborted = true;
      return undefined;
    });
    await open("try?uri=com.shop.count");
    await page.getByLabel("Arguments", { exact: true }).fill("[3]");
    await page.keyboard.press("Control+Enter");
    await shows(/2 progressive results/);
    expect(await page.getByRole("listitem").first().innerText()).toMatch(/result[\s\S]*3/);
    await page.getByLabel("Arguments", { exact: true }).fill("[1000");
    await shows(/Not JSON/);
    await page.getByLabel("Arguments", { exact: true }).fill("[1000]");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await shows(/progressive results/);
    await page.getByRole("button", { name: "Cancel" }).click();
    await shows(/wamp.error.canceled/);
    await expect.poll(() => aborted).toBe(true);
    expect(watched.problems).toEqual([]);
  });

  it("publishes, and shows payloads as text", async () => {
    const events: unknown[] = [];
    await router.shop.subscribe("com.shop.news", ({ args }) => events.push(args));
    await open("try?do=publish&uri=com.shop.news");
    await page.getByLabel("Arguments", { exact: true }).fill('["<img src=x onerror=alert(1)>"]');
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await shows(/publication \d+/);
    expect(events).toEqual([["<img src=x onerror=alert(1)>"]]);
    await router.shop.register("com.shop.echo", ({ args }) => args[0]);
    await page.evaluate(`location.hash = "#/${SHOP}/try?do=call&uri=com.shop.echo"`);
    await page.getByLabel("Arguments", { exact: true }).fill('["<b>bold</b>"]');
    await page.keyboard.press("Control+Enter");
    await shows('"<b>bold</b>"');
    expect(watched.problems).toEqual([]);
  });

  it("can be used by keys alone", async () => {
    const ada = await router.join("ada");
    await logIn(page, "grace", "grace-ticket");
    await page.getByRole("navigation").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("sess");
    await page.keyboard.press("Enter");
    await row("ada").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("ad");
    // Another filter selects nothing: what it hides must not stay selected.
    await page.waitForURL(/=ad(?:&|$)/);
    await shows("1 session");
    await page.keyboard.press("Tab");
    await page.getByRole("grid").focus();
    await page.keyboard.press("x");
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Close 1 session" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("by keys");
    await page.keyboard.press("Enter");
    expect(await ada.next("GOODBYE")).toMatchObject({ details: { message: "by keys" } });
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("7");
    await page.getByRole("heading", { name: "Log" }).waitFor();
    await shows(/kill/);
    // The first thing that Tab reaches in a fresh page leads to the content.
    await page.evaluate("document.activeElement.blur()");
    await page.evaluate("document.querySelector('.skip-link').focus()");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    expect(watched.problems).toEqual([]);
  });

  it("says that the connection is lost, and goes on when it is back", async () => {
    await router.join("ada");
    await open("sessions");
    await row("ada").waitFor();
    const port = await router.cutOff();
    await shows("The connection is lost.");
    await row("ada").waitFor();
    await router.listen(port);
    await page.getByText("The connection is lost.").waitFor({ state: "detached" });
    await router.join("bob");
    await row("bob").waitFor();
  });
});
