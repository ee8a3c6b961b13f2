import { silentLogger } from "@kreuz/router";
import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { MapReferee } from "../memory.js";
import { seededRandom } from "../testing/seeded-random.js";
import { pass } from "../testing/time.js";
import { IdKey, initializeReferee } from "./id-key.js";

describe("the key of ids", () => {
  it("is written again after the referee has forgotten it, also when the referee fails just then", async () => {
    const clock = new FakeClock();
    const referee = new MapReferee({ clock, random: seededRandom(1) });
    await initializeReferee(referee);
    const options = { node: "a", referee, clock, logger: silentLogger, beat: 1000 };
    const key = new IdKey({ ...options, randomBytes: (length) => new Uint8Array(length) });
    const found = await key.find();
    referee.forget();
    referee.disturb({ failure: 2 });
    const written = key.assert();
    await pass(clock, 700);
    referee.disturb({});
    await pass(clock, 600);
    await written;
    const other = new IdKey({ ...options, randomBytes: (length) => new Uint8Array(length) });
    expect(await other.find()).toEqual(found);
    expect(key.problem).toBeUndefined();
  });
});
