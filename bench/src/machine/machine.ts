import { cpus, release, totalmem, type } from "node:os";
import type { Machine } from "../results.js";

/** What the figures were measured on. */
export function describeMachine(pinned: boolean): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    pinned,
  };
}
