// Calls with all features together: random schedules against a small reference model.
import { nextTurn } from "@kreuz/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallModel } from "./model/call-model.js";
import { Driver } from "./model/driver.js";
import { ModelChecker } from "./model/model-checker.js";
import { opening, run, step } from "./model/steps.js";
import { EMPTY } from "./model/test-network.js";

const steps = fc.array(step, { minLength: 20, maxLength: 80, size: "max" });

/** A failure prints its seed and path, and the shortest schedule that was found in time. */
const SETTINGS = { numRuns: 200, interruptAfterTimeLimit: 40_000 };

describe("Calls: all features together", () => {
  it("every step causes the messages that the model expects", async () => {
    await fc.assert(
      fc.asyncProperty(run, opening, steps, async (settings, first, schedule) => {
        const driver = await Driver.start(settings);
        const model = new CallModel(settings);
        const checker = new ModelChecker(model, driver.network);
        for (const one of [...first, ...schedule]) await driver.take(one, checker);
        await driver.finish();
        expect(await driver.network.disconnectAll()).toEqual(EMPTY);
        driver.ends.check(driver.network.endedCalls);
        // Each by its one outcome.
        expect(driver.network.endedCalls).toBe(model.calls.length);
        // Microtasks alone would starve the test runner's timers.
        await nextTurn();
      }),
      SETTINGS,
    );
  }, 60_000);

  it("keep their invariants in whatever order messages cross", async () => {
    const hurried = fc.array(fc.tuple(step, fc.nat({ max: 6 })), { minLength: 20, maxLength: 80, size: "max" });
    await fc.assert(
      fc.asyncProperty(run, opening, hurried, async (settings, first, schedule) => {
        const driver = await Driver.start(settings);
        for (const one of first) await driver.take(one);
        await driver.network.settle();
        for (const [one, microtasks] of schedule) {
          await driver.take(one);
          await driver.network.runMicrotasks(microtasks);
        }
        await driver.finish();
        expect(await driver.network.disconnectAll()).toEqual(EMPTY);
        driver.ends.check(driver.network.endedCalls);
        // Microtasks alone would starve the test runner's timers.
        await nextTurn();
      }),
      SETTINGS,
    );
  }, 60_000);
});
