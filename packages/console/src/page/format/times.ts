const MINUTE_MS = 60_000;
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** How long something lasted, in milliseconds, in its two largest units: `3 d 4 h`, `12 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, "h", minutes % 60, "min");
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** How long something lasts, in milliseconds, in one unit, for tables: `93 min`, `27 h`, `5 d`. */
export function age(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return duration(ms);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** The time of day: `14:03:59`. */
export function timeOfDay(epochMs: number): string {
  return CLOCK.format(epochMs);
}

/** Date and time: `25 Nov 2026, 14:03:59`. */
export function dateTime(epochMs: number): string {
  return DATE.format(epochMs);
}

/** When something was, seen from `now`: the time of day, with the date unless it is the same. */
export function moment(epochMs: number, now: number): string {
  const time = timeOfDay(epochMs);
  return new Date(epochMs).toDateString() === new Date(now).toDateString() ? time : `${DAY.format(epochMs)} ${time}`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
