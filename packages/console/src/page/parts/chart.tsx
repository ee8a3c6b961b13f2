import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { NOTHING } from "../format/numbers.js";
import { timeOfDay } from "../format/times.js";
import { pathOf, topOf } from "./chart-scale.js";

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** One of the colours of the design, 1 to 4. */
  readonly color: 1 | 2 | 3 | 4;
  readonly values: readonly (number | null)[];
}

/** Units of the drawing, which is stretched to its place. */
const WIDTH = 600;

/**
 * Lines over the last ten minutes, with their numbers above: those under the mouse, otherwise the latest. Drawn in the units of the
 * data and stretched by the browser, so that it needs no size; its colours are those of the style sheet.
 */
export function Chart(props: {
  readonly title: string;
  /** When a value was, in milliseconds since the Unix epoch. */
  readonly timeOf: (index: number) => number;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The chart reaches at least up to this value. */
  readonly atLeast: number;
  /** The moment under the mouse, in all charts. */
  readonly hovered: Signal<number | undefined>;
}): JSX.Element {
  const { lines, format, hovered } = props;
  const last = (lines[0]?.values.length ?? 1) - 1;
  const series = lines.map(({ values }) => values);
  const top = topOf(series, props.atLeast);
  const index = hovered.value;
  const onPointerMove = (event: PointerEvent & { readonly currentTarget: Element }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - left) / width));
    hovered.value = Math.round(share * last);
  };
  return (
    <figure class="chart panel">
      <figcaption class="chart-head">
        <h2>{props.title}</h2>
        <span class="chart-time">{index !== undefined && timeOfDay(props.timeOf(index))}</span>
        <ChartKeys lines={lines} format={format} index={index} />
      </figcaption>
      <div class="chart-place" aria-hidden="true">
        <div class="chart-axis">
          <span>{format(top)}</span>
          <span>{format(top / 2)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${WIDTH} 100`}
          preserveAspectRatio="none"
          onPointerMove={onPointerMove}
          onPointerLeave={() => (hovered.value = undefined)}
        >
          <path class="chart-grid" d={`M0 0H${WIDTH}M0 50H${WIDTH}M0 100H${WIDTH}`} />
          {lines.map(({ label, color, values }) => (
            <path key={label} class="chart-line" data-color={color} d={pathOf(values, top, WIDTH)} />
          ))}
          {index !== undefined && <path class="chart-cursor" d={`M${(index / last) * WIDTH} 0V100`} />}
        </svg>
      </div>
      <div class="chart-times muted" aria-hidden="true">
        <span>10 min ago</span>
        <span>5 min</span>
        <span>now</span>
      </div>
    </figure>
  );
}

/** The names of the lines, with their values. */
function ChartKeys(props: {
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly index: number | undefined;
}): JSX.Element {
  const textOf = (values: readonly (number | null)[]): string => {
    const value = values.at(props.index ?? -1) ?? null;
    return value === null ? NOTHING : props.format(value);
  };
  return (
    <span class="chart-keys">
      {props.lines.map(({ label, color, values }) => (
        <span key={label} class="chart-key" data-color={color}>
          {label} <b>{textOf(values)}</b>
        </span>
      ))}
    </span>
  );
}
