/**
 * Where the parties of a test are. `nodes`: at two nodes of a cluster; `workers`: at two workers of one router. They come to the
 * one and the other by turns.
 */
export type Spread = "nodes" | "workers";

/** Where the parties of this run are, by KREUZ_SPREAD; `undefined`: all at one router. */
export const SPREAD: Spread | undefined = process.env["KREUZ_SPREAD"] as Spread | undefined;
