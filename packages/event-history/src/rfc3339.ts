const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * The time that an RFC 3339 timestamp names, in milliseconds since the Unix epoch with the fraction it was given with,
 * or `undefined` when the text is none. A leap second counts as the second after it.
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

/** Digits after the point. The first three apart, so that whole milliseconds stay whole. */
function toMs(fraction: string): number {
  return Number(fraction.slice(0, 3).padEnd(3, "0")) + Number(`0.${fraction.slice(3)}`);
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(startOf(year, month + 1, 0)).getUTCDate();
}

/** The start of a day; of the last one of the month before when it is 0. `Date.UTC` takes the year 99 for 1999. */
function startOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
