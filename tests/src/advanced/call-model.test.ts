// The life of calls, every feature with every other: random schedules against a small reference model.
import { nextTurn } from "@kreuz/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallModel } from "./model/call-model.js";
import { Driver } from "./model/driver.js";
import { Judge } from "./model/model-checker.js";
import { opening, run, step } from "./model/steps.js";
import { NOTHING } from "./model/test-network.js";

const steps = fc.array(step, { minLength: 20, maxLength: 80, size: "max" });

/** A failure prints its seed and path, and the shortest schedule found in the time that there is. */
const SETTINGS = { numRuns: 200, interruptAfterTimeLimit: 40_000 };

describe("Calls: all features together", () => {
  it("do step by step what the model says, message by message", async () => {
    await fc.assert(
      fc.asyncProperty(run, opening, steps, async (settings, first, schedule) => {
        const driver = await Driver.start(settings);
        const judge = new Judge(new CallModel(settings), driver.world);
        for (const one of [...first, ...schedule]) await driver.take(one, judge);
        await driver.finish();
        expect(await driver.world.disband()).toEqual(NOTHING);
        // Promises alone would starve the runner's own timers.
        await nextTurn();
      }),
      SETTINGS,
    );
  }, 60_000);

  it("keep their promises whatever crosses whatever", async () => {
    const hurried = fc.array(fc.tuple(step, fc.nat({ max: 6 })), { minLength: 20, maxLength: 80, size: "max" });
    await fc.assert(
      fc.asyncProperty(run, opening, hurried, async (settings, first, schedule) => {
        const driver = await Driver.start(settings);
        for (const one of first) await driver.take(one);
        await driver.world.quiet();
        for (const [one, microtasks] of schedule) {
          await driver.take(one);
          await driver.world.pass(microtasks);
        }
        await driver.finish();
        expect(await driver.world.disband()).toEqual(NOTHING);
        // Promises alone would starve the runner's own timers.
        await nextTurn();
      }),
      SETTINGS,
    );
  }, 60_000);
});
