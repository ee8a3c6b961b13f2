const STEPS = [1, 2, 4, 6, 8, 10];

/** The top of a chart: the smallest round number, with a round half, that is at least the largest value and `atLeast`. */
export function topOf(series: readonly (readonly (number | null)[])[], atLeast: number): number {
  let max = atLeast;
  for (const values of series) for (const value of values) if (value !== null && value > max) max = value;
  const power = 10 ** Math.floor(Math.log10(max));
  // Sums of floating-point numbers are a little off.
  const step = STEPS.find((each) => each * power >= max * (1 - 1e-9))!;
  return step * power;
}

/**
 * A line as the data of an SVG path: `width` wide, 100 high, with gaps where there is no value.
 */
export function pathOf(values: readonly (number | null)[], top: number, width: number): string {
  let path = "";
  let isDown = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    const x = (index / Math.max(1, values.length - 1)) * width;
    // A point alone is a line of no length: a dot.
    path += `${isDown ? "L" : "M"}${round(x)} ${round(100 - (value / top) * 100)}${isDown ? "" : "h0"}`;
    isDown = true;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
