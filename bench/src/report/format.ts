const KIB = 1024;

/** A rate or a number of things: three digits that mean something, and commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** A time or a size: as `count`, with as many decimals as a column of such figures needs to line up. */
export function quantity(value: number): string {
  if (value >= 100) return count(value);
  if (value > 0 && value < 0.1) return value.toLocaleString("en", { maximumSignificantDigits: 2 });
  return value.toFixed(value < 10 ? 2 : 1);
}

/** Two percentiles of a latency in one cell: `0.31 / 0.87`. */
export function percentiles({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  return `${quantity(p50)} / ${quantity(p99)}`;
}

/** How many times as much: `0.69×`, `0.07×`. */
export function ratio(value: number): string {
  return value >= 0.01 && value < 0.1 ? `${value.toFixed(2)}×` : `${quantity(value)}×`;
}

/** The size of a payload: `64 B`, `16 KiB`. */
export function size(bytes: number): string {
  return bytes < KIB ? `${bytes} B` : `${count(bytes / KIB)} KiB`;
}

/** Bytes as KiB, the unit being said elsewhere. */
export function kib(bytes: number): string {
  return quantity(bytes / KIB);
}

/** The day of an ISO 8601 time. */
export function day(date: string): string {
  return date.slice(0, 10);
}
