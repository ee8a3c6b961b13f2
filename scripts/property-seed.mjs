// Property tests draw the same cases in every run, so that a change passes or fails by what it changes.
// FAST_CHECK_SEED=12 draws others, FAST_CHECK_SEED=random new ones each time; a failure prints its seed.
import fc from "fast-check";

const FIXED = 20_261_121;
const asked = process.env.FAST_CHECK_SEED;
if (asked !== "random") fc.configureGlobal({ seed: asked === undefined ? FIXED : Number(asked) });
