const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Parses an RFC 3339 timestamp. A leap second becomes the second after it.
 *
 * @returns milliseconds since the Unix epoch, with a fraction if the timestamp has one; `undefined` when it is malformed.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, offsetHours = 0, offsetMinutes = 0] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -1 : 1);
  const minutes = Number(hour) * 60 + Number(minute) - offset;
  return startOf(Number(year), Number(month), Number(day)) + minutes * 60_000 + Number(second) * 1000 + toMs(fraction);
}

/** Converts the digits after the point. The first three are converted apart, so that whole milliseconds stay exact. */
function toMs(fraction: string): number {
  return Number(fraction.slice(0, 3).padEnd(3, "0")) + Number(`0.${fraction.slice(3)}`);
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(startOf(year, month + 1, 0)).getUTCDate();
}

/** The start of a day; day 0 is the last of the month before. Not `Date.UTC`, which takes the year 99 for 1999. */
function startOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
