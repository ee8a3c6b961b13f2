import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { ScriptedRouter } from "./scripted-router.js";
import { logIn, openBrowser, openPage, expectAccessible } from "./browser.js";
import { NOW } from "./scripted-data.js";
const OUT = "/tmp/kz/shots";
mkdirSync(OUT, { recursive: true });
const SIZES = (process.env["SIZES"] ?? "1280x800").split(",").map((s) => s.split("x").map(Number) as [number, number]);
const SCHEMES = (process.env["SCHEMES"] ?? "light,dark").split(",") as ("light" | "dark")[];
const SCREENS = (process.env["SCREENS"] ?? "connect,overview,sessions,session,selected,kill,topics,topic,procedures,procedure,call,publish,tail,log,palette,help").split(",");
it("shots", async () => {
  const router = await ScriptedRouter.start(20_000);
  const browser = await openBrowser();
  for (const [width, height] of SIZES) for (const colorScheme of SCHEMES) {
    const { page, problems } = await openPage(browser, "about:blank", { viewport: { width, height }, colorScheme });
    await page.clock.setFixedTime(NOW);
    await page.goto(router.url);
    const shot = async (name: string) => { if (!SCREENS.includes(name)) return; await page.screenshot({ path: `${OUT}/${name}-${width}-${colorScheme}.png` });
      try { await expectAccessible(page); } catch (e) { console.log(name, width, colorScheme, (e as Error).message.slice(0, 1500)); }
      const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth"); if ((wide as number) > 0) console.log("WIDE", name, width, wide);
    };
    const go = async (hash: string) => { await page.evaluate(`location.hash=${JSON.stringify(hash)}`); await page.waitForTimeout(250); };
    await page.getByLabel("Name").waitFor();
    await shot("connect");
    await logIn(page, "grace", "grace-ticket");
    await page.getByRole("navigation").waitFor({timeout:6000}).catch(async (e)=>{ await page.screenshot({path:OUT+"/fail.png"}); console.log(problems, await page.innerText("body")); throw e; });
    await page.waitForTimeout(300);
    await router.pass(600);
    await page.waitForTimeout(300);
    await shot("overview");
    await go("#/com.shop/sessions"); await shot("sessions");
    if (SCREENS.includes("selected")||SCREENS.includes("kill")) { await page.keyboard.press("x"); await page.keyboard.press("Shift+ArrowDown"); await page.keyboard.press("Shift+ArrowDown"); await shot("selected"); await page.keyboard.press("Delete"); await page.waitForTimeout(200); await shot("kill"); await page.keyboard.press("Escape"); }
    await page.keyboard.press("Enter"); await page.waitForTimeout(300); await shot("session");
    await go("#/com.shop/topics"); await shot("topics"); await page.keyboard.press("Enter"); await page.waitForTimeout(300); await shot("topic");
    await go("#/com.shop/procedures"); await shot("procedures"); await page.keyboard.press("Enter"); await page.waitForTimeout(300); await shot("procedure");
    await go("#/com.shop/try?uri=com.shop.price.quote"); await page.getByLabel("Arguments", {exact:true}).fill('["K-4711", 2]'); await page.keyboard.press("Control+Enter"); await page.waitForTimeout(300); await shot("call");
    await go("#/com.shop/try?do=publish"); await shot("publish");
    await go("#/com.shop/tail?topic=com.shop.order.&match=prefix"); await page.getByRole("button", { name: "Start" }).click(); await page.waitForTimeout(900); await page.locator(".table-body .table-row").nth(3).click(); await page.waitForTimeout(100); await shot("tail");
    await go("#/com.shop/log"); await shot("log");
    await page.keyboard.press("Control+k"); await page.waitForTimeout(100); await shot("palette"); await page.keyboard.press("Escape");
    await page.keyboard.press("?"); await page.waitForTimeout(100); await shot("help"); await page.keyboard.press("Escape");
    expect.soft(problems).toEqual([]);
    await page.context().close();
  }
  await browser.close();
  await router.close();
}, 600_000);
