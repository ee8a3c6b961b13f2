import { isId, type Id } from "@kreuz/codec";
import { CommandFailure, ExitCode } from "./exit-codes.js";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `500ms`, `5s`, `2m` or `1h`. @throws CommandFailure */
export function durationOf(option: string, text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined)
    throw new CommandFailure(ExitCode.USAGE, `${option}: expected a time such as 500ms or 5s, got "${text}"`);
  return Number(amount) * UNITS[unit]!;
}

/** A WAMP id. @throws CommandFailure */
export function idOf(text: string): Id {
  const id = Number(text);
  if (/^\d+$/.test(text) && isId(id)) return id;
  throw new CommandFailure(ExitCode.USAGE, `expected the id of a session or the like, got "${text}"`);
}

/** A whole number from `min` on. @throws CommandFailure */
export function countOf(option: string, text: string, min = 1): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw new CommandFailure(ExitCode.USAGE, `${option}: expected a whole number, ${min} or more, got "${text}"`);
}
