import { emptyElement, FONT_SIZE, textElement } from "./svg.js";

/** One line of a panel. */
export interface Line {
  readonly label: string;
  readonly values: readonly number[];
  /** The class of its colour. */
  readonly class: string;
}

/** Lines over the same x values. */
export interface LinePanel {
  readonly title: string;
  readonly conditions: string;
  /** As long as the values of every line. */
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly printX: (value: number) => string;
  readonly printY: (value: number) => string;
}

/** Where a panel is drawn. */
export interface LinePanelLayout {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export const LINE_PANEL_HEIGHT = 210;
const HEADER_HEIGHT = 46;
const AXIS_HEIGHT = 22;
const LEFT = 62;
/** Room for a line's label at its end. */
const RIGHT = 130;
const Y_STEPS = 4;
const X_STEPS = 4;
const MIN_LABEL_DISTANCE = 14;

/** Draws a title, axes from zero, and each line with its label at its end. */
export function drawLinePanel(panel: LinePanel, { x, y, width }: LinePanelLayout): string[] {
  const { title, conditions, lines } = panel;
  const [left, right] = [x + LEFT, x + width - RIGHT];
  const [top, bottom] = [y + HEADER_HEIGHT, y + LINE_PANEL_HEIGHT - AXIS_HEIGHT];
  const maxY = niceMax(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const maxX = Math.max(1, ...panel.x);
  const toX = (value: number): number => left + (value / maxX) * (right - left);
  const toY = (value: number): number => bottom - (value / maxY) * (bottom - top);
  const elements = [
    textElement("text", { class: "title", x, y: y + FONT_SIZE.title }, title),
    textElement("text", { class: "muted", x, y: y + 31 }, conditions),
  ];
  for (let step = 0; step <= Y_STEPS; step++) {
    const value = (maxY * step) / Y_STEPS;
    elements.push(emptyElement("line", { class: "rule", x1: left, x2: right, y1: toY(value), y2: toY(value) }));
    elements.push(
      textElement(
        "text",
        { class: "muted name", x: left - 7, y: toY(value) + 4 },
        step === 0 ? "0" : panel.printY(value),
      ),
    );
  }
  for (let step = 0; step <= X_STEPS; step++) {
    const value = (maxX * step) / X_STEPS;
    const attributes = { class: "muted", x: toX(value), y: bottom + 16, "text-anchor": "middle" };
    elements.push(textElement("text", attributes, panel.printX(value)));
  }
  for (const { values, class: name } of lines) {
    const points = values.map((value, at) => `${toX(panel.x[at]!).toFixed(1)},${toY(value).toFixed(1)}`).join(" ");
    elements.push(emptyElement("polyline", { class: `line ${name}`, points }));
  }
  return [...elements, ...drawLabels(lines, right + 7, toY)];
}

/** Labels at the ends of the lines, moved apart where they would overlap. */
function drawLabels(lines: readonly Line[], x: number, toY: (value: number) => number): string[] {
  const ends = lines.map(({ label, values }) => ({ label, y: toY(values.at(-1) ?? 0) + 4 }));
  let lowest = Number.POSITIVE_INFINITY;
  return ends
    .toSorted((a, b) => b.y - a.y)
    .map(({ label, y }) => {
      lowest = Math.min(y, lowest - MIN_LABEL_DISTANCE);
      return textElement("text", { class: "value", x, y: lowest }, label);
    });
}

/** The next number of the kind 1, 2, 4, 6 or 8 times a power of ten. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 6, 8].find((factor) => factor * power >= value) ?? 10);
}
