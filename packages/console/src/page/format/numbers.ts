const COUNT = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** What stands where there is no number. */
export const NOTHING = "–";

/** A count in full: `12,345`. */
export function count(value: number): string {
  return COUNT.format(value);
}

/** A count in at most five characters or so: `950`, `12.3K`. */
export function short(value: number): string {
  return Math.abs(value) < 1000 ? COUNT.format(Math.round(value)) : SHORT.format(value);
}

/** A rate per second: one decimal place below 10, as `0.4`; then as {@link short}. */
export function rate(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1) : short(value);
}

/** Bytes in binary units: `1.5 KiB`. */
export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit]}`;
}

/** A short time given in seconds: `840 µs`, `1.2 ms`, `3.4 s`. */
export function latency(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${significant(seconds * 1000)} ms`;
  return `${significant(seconds)} s`;
}

/** A part of a whole: `0.4 %`. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return NOTHING;
  const value = (part / whole) * 100;
  if (value > 0 && value < 0.05) return "< 0.1 %";
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A number with its noun: `1 session`, `2,000 sessions`. */
export function many(value: number, noun: string): string {
  return `${COUNT.format(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function significant(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
