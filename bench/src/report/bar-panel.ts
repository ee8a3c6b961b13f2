import type { Row } from "./bars.js";
import type { Figure } from "./figures.js";
import { FONT_SIZE } from "./style.js";
import { shorten, textWidth } from "./text-width.js";
import { emptyElement, textElement } from "./svg.js";

const TITLE_BASELINE = 14;
const CONDITIONS_BASELINE = 31;
const HEAD = 42;
const BAR = 15;
const SECOND_BAR = 9;
const SECOND_GAP = 3;
const ROW_GAP = 8;
/** Between a name and its bar, and a bar and its value. */
const GAP = 7;
/** So that the slowest server can still be seen. */
const LEAST_BAR = 2;
const SECOND_LABEL = "on 2 cores";

/** A figure with its rows. */
export interface Panel {
  readonly figure: Figure;
  readonly rows: readonly Row[];
}

/** Where a panel goes. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Of the names; the same in all panels, so that bars begin on one line. */
  readonly names: number;
}

/** How wide the names of a panel would like to be. */
export function nameWidth({ rows }: Panel): number {
  return Math.max(...rows.map(({ label }) => textWidth(label, FONT_SIZE.text)));
}

/** How high a panel is. */
export function panelHeight({ rows }: Panel): number {
  return HEAD + rows.reduce((sum, row) => sum + rowHeight(row) + ROW_GAP, -ROW_GAP);
}

function rowHeight(row: Row): number {
  return row.onTwoCores === undefined ? BAR : BAR + SECOND_GAP + SECOND_BAR;
}

/** A title and horizontal bars, each with its server's name before and its value behind. */
export function drawPanel(panel: Panel, { x, y, width, names }: Place): string[] {
  const { figure, rows } = panel;
  const origin = x + names + GAP;
  const values = Math.max(...rows.map((row) => textWidth(row.printed, FONT_SIZE.text)), secondValuesWidth(rows));
  const most = Math.max(...rows.flatMap((row) => [row.value, row.onTwoCores?.value ?? 0]));
  const room = x + width - origin - GAP - values;
  const lengthOf = (value: number): number => Math.max(LEAST_BAR, most > 0 ? (value / most) * room : 0);

  const drawn = [
    textElement("text", { class: "title", x, y: y + TITLE_BASELINE }, figure.title),
    textElement(
      "text",
      { class: "muted", x, y: y + CONDITIONS_BASELINE },
      shorten(`${figure.conditions} · ${figure.better} is better`, FONT_SIZE.small, width),
    ),
  ];
  let top = y + HEAD;
  for (const row of rows) {
    const name = shorten(row.label, FONT_SIZE.text, names);
    const strong = row.role === "kreuz" ? " strong" : "";
    const baseline = top + BAR / 2 + FONT_SIZE.text * 0.36;
    drawn.push(
      textElement("text", { class: `name${strong}`, x: origin - GAP, y: baseline }, name),
      drawBar(origin, top, lengthOf(row.value), BAR, row.twoCores ? `${row.role} second` : row.role),
      textElement("text", { class: `value${strong}`, x: origin + lengthOf(row.value) + GAP, y: baseline }, row.printed),
    );
    if (row.onTwoCores !== undefined) {
      const { value, printed } = row.onTwoCores;
      const below = top + BAR + SECOND_GAP;
      const baseline = below + SECOND_BAR / 2 + FONT_SIZE.small * 0.36;
      drawn.push(
        textElement("text", { class: "muted name", x: origin - GAP, y: baseline }, SECOND_LABEL),
        drawBar(origin, below, lengthOf(value), SECOND_BAR, `${row.role} second`),
        textElement("text", { class: "muted", x: origin + lengthOf(value) + GAP, y: baseline }, printed),
      );
    }
    top += rowHeight(row) + ROW_GAP;
  }
  return drawn;
}

function secondValuesWidth(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(({ onTwoCores }) => textWidth(onTwoCores?.printed ?? "", FONT_SIZE.small)));
}

/** An outline is drawn half outside its rectangle: the limit's is taken in, so that it is as long as it says. */
function drawBar(x: number, y: number, width: number, height: number, look: string): string {
  const inset = look.startsWith("limit") ? 0.5 : 0;
  return emptyElement("rect", {
    class: look,
    x: x + inset,
    y: y + inset,
    width: Math.max(1, width - 2 * inset),
    height: height - 2 * inset,
    rx: 2,
  });
}
