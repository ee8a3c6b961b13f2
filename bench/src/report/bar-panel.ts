import type { Figure } from "./figures.js";
import { identify, serverLabel, type Role } from "./labels.js";
import { emptyElement, FONT_SIZE, shorten, textElement, textWidth } from "./svg.js";

const TITLE_BASELINE = 14;
const CONDITIONS_BASELINE = 31;
const HEADER_HEIGHT = 42;
const BAR_HEIGHT = 15;
const SECOND_BAR_HEIGHT = 9;
const SECOND_BAR_GAP = 3;
const ROW_GAP = 8;
/** Between a name and its bar, and a bar and its value. */
const GAP = 7;
/** Keeps the bar of the slowest server visible. */
const MIN_BAR_WIDTH = 2;
const SECOND_LABEL = "on 2 cores";

interface Bar {
  readonly value: number;
  readonly printed: string;
}

/** The bar of a server, and a second one for its result on two cores. */
export interface Row extends Bar {
  readonly label: string;
  readonly role: Role;
  /** Whether `value` is the result on two cores, because there is none on one core. */
  readonly twoCores: boolean;
  readonly onTwoCores?: Bar;
}

/** A figure and its rows. */
export interface Panel {
  readonly figure: Figure;
  readonly rows: readonly Row[];
}

/** Position of a panel. */
export interface PanelLayout {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Width of the names, equal in all panels, so that bars align. */
  readonly nameWidth: number;
}

/** Creates the rows of a figure, best first. */
export function rowsOf({ values, better, print }: Figure): Row[] {
  const rows: Row[] = [];
  for (const [name, value] of values) {
    const { base, role, twoCores } = identify(name);
    const bar = { value, printed: print(value) };
    if (!twoCores) {
      const second = values.get(`${base} (2 cores)`);
      const onTwoCores = second === undefined ? {} : { onTwoCores: { value: second, printed: print(second) } };
      rows.push({ ...bar, label: serverLabel(base), role, twoCores, ...onTwoCores });
    } else if (!values.has(base)) rows.push({ ...bar, label: `${serverLabel(base)}, 2 cores`, role, twoCores });
  }
  return rows.toSorted((a, b) => (better === "more" ? b.value - a.value : a.value - b.value));
}

/** The width of the widest name. */
export function maxNameWidth({ rows }: Panel): number {
  return Math.max(...rows.map(({ label }) => textWidth(label, FONT_SIZE.text)));
}

export function panelHeight({ rows }: Panel): number {
  return HEADER_HEIGHT + rows.reduce((sum, row) => sum + rowHeight(row) + ROW_GAP, -ROW_GAP);
}

function rowHeight(row: Row): number {
  return row.onTwoCores === undefined ? BAR_HEIGHT : BAR_HEIGHT + SECOND_BAR_GAP + SECOND_BAR_HEIGHT;
}

/** Draws a title and horizontal bars, each between its server's name and its value. */
export function drawPanel({ figure, rows }: Panel, { x, y, width, nameWidth }: PanelLayout): string[] {
  const left = x + nameWidth + GAP;
  const maxValue = Math.max(...rows.flatMap((row) => [row.value, row.onTwoCores?.value ?? 0]));
  const maxLength = x + width - left - GAP - maxPrintedWidth(rows);
  const lengthOf = (value: number): number =>
    Math.max(MIN_BAR_WIDTH, maxValue > 0 ? (value / maxValue) * maxLength : 0);
  const conditions = `${figure.conditions} · ${figure.better} is better`;
  const elements = [
    textElement("text", { class: "title", x, y: y + TITLE_BASELINE }, figure.title),
    textElement("text", { class: "muted", x, y: y + CONDITIONS_BASELINE }, shorten(conditions, FONT_SIZE.small, width)),
  ];
  let top = y + HEADER_HEIGHT;
  for (const row of rows) {
    const label = shorten(row.label, FONT_SIZE.text, nameWidth);
    elements.push(...drawRow({ ...row, label }, left, top, lengthOf));
    top += rowHeight(row) + ROW_GAP;
  }
  return elements;
}

function maxPrintedWidth(rows: readonly Row[]): number {
  return Math.max(
    ...rows.map(({ printed }) => textWidth(printed, FONT_SIZE.text)),
    ...rows.map(({ onTwoCores }) => textWidth(onTwoCores?.printed ?? "", FONT_SIZE.small)),
  );
}

function drawRow(row: Row, left: number, top: number, lengthOf: (value: number) => number): string[] {
  const { label, role, value, printed, twoCores, onTwoCores } = row;
  const strong = role === "kreuz" ? " strong" : "";
  const baseline = top + BAR_HEIGHT / 2 + FONT_SIZE.text * 0.36;
  const elements = [
    textElement("text", { class: `name${strong}`, x: left - GAP, y: baseline }, label),
    drawBar(left, top, lengthOf(value), BAR_HEIGHT, twoCores ? `${role} second` : role),
    textElement("text", { class: `value${strong}`, x: left + lengthOf(value) + GAP, y: baseline }, printed),
  ];
  if (onTwoCores === undefined) return elements;
  const below = top + BAR_HEIGHT + SECOND_BAR_GAP;
  const secondBaseline = below + SECOND_BAR_HEIGHT / 2 + FONT_SIZE.small * 0.36;
  const second = lengthOf(onTwoCores.value);
  return [
    ...elements,
    textElement("text", { class: "muted name", x: left - GAP, y: secondBaseline }, SECOND_LABEL),
    drawBar(left, below, second, SECOND_BAR_HEIGHT, `${role} second`),
    textElement("text", { class: "muted", x: left + second + GAP, y: secondBaseline }, onTwoCores.printed),
  ];
}

/** The outline of the baseline is drawn inside the bar, so that its length is exact. */
function drawBar(x: number, y: number, width: number, height: number, className: string): string {
  const inset = className.startsWith("baseline") ? 0.5 : 0;
  return emptyElement("rect", {
    class: className,
    x: x + inset,
    y: y + inset,
    width: Math.max(1, width - 2 * inset),
    height: height - 2 * inset,
    rx: 2,
  });
}
