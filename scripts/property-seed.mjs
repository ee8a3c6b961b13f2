// Fixes the seed of property tests, so that every run draws the same cases. FAST_CHECK_SEED=12 uses another seed and
// FAST_CHECK_SEED=random a new one each time; a failure prints its seed.
import fc from "fast-check";

const DEFAULT_SEED = 20_261_121;
const seed = process.env.FAST_CHECK_SEED ?? DEFAULT_SEED;
if (seed !== "random") fc.configureGlobal({ seed: Number(seed) });
