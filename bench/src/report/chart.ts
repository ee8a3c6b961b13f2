import type { Results } from "../results.js";
import { drawPanel, maxNameWidth, panelHeight, rowsOf, type Panel } from "./bar-panel.js";
import { describeRun, listMissing, listSkipped, listVersions } from "./caption.js";
import { figuresOf, type Figure } from "./figures.js";
import { identify } from "./labels.js";
import { emptyElement, FONT_SIZE, HATCHING, STYLE, textElement, wrap } from "./svg.js";

const WIDTH = 840;
const MARGIN = 24;
const INNER_WIDTH = WIDTH - 2 * MARGIN;
const COLUMNS = 2;
const COLUMN_GAP = 36;
const COLUMN_WIDTH = (INNER_WIDTH - (COLUMNS - 1) * COLUMN_GAP) / COLUMNS;
const PANEL_GAP = 30;
/** Longer names are shortened to leave room for the bars; the caption has them in full. */
const MAX_NAME_WIDTH = 170;
const LINE_HEIGHT = 16;

/** Draws the results as an SVG document. */
export function chartOf(results: Results): string {
  const figures = figuresOf(results);
  const panels = figures.map((figure) => ({ figure, rows: rowsOf(figure) }));
  const header = drawHeader(results, MARGIN);
  const body = drawPanels(panels, header.bottom + 20);
  const caption = drawCaption(results, figures, body.bottom + 22);
  const height = caption.bottom + MARGIN - 4;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    textElement("title", { id: "title" }, heading(results)),
    textElement("desc", { id: "description" }, panels.map(describePanel).join(" ")),
    `<style>${STYLE}</style>`,
    `<defs>${HATCHING}</defs>`,
    emptyElement("rect", { class: "page", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 }),
    ...header.elements,
    ...body.elements,
    ...caption.elements,
    "</svg>",
  ].join("\n")}\n`;
}

/** A part of the page. */
interface Part {
  readonly elements: readonly string[];
  readonly bottom: number;
}

function heading({ machine }: Results): string {
  return machine.pinned ? "Kreuz and other WAMP routers, each on one core" : "Kreuz and other WAMP routers";
}

function drawHeader(results: Results, top: number): Part {
  const elements = [textElement("text", { class: "heading", x: MARGIN, y: top + 16 }, heading(results))];
  if (!results.servers.some(({ name }) => identify(name).role === "baseline")) return { elements, bottom: top + 20 };
  const note = "The relay is not a router: it forwards WebSocket frames without reading them, as the baseline.";
  elements.push(textElement("text", { class: "muted", x: MARGIN, y: top + 36 }, note));
  return { elements, bottom: top + 40 };
}

function drawPanels(panels: readonly Panel[], top: number): Part {
  const nameWidth = Math.min(MAX_NAME_WIDTH, Math.max(0, ...panels.map(maxNameWidth)));
  const elements: string[] = [];
  let y = top;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    for (const [column, panel] of row.entries()) {
      const x = MARGIN + column * (COLUMN_WIDTH + COLUMN_GAP);
      elements.push(...drawPanel(panel, { x, y, width: COLUMN_WIDTH, nameWidth }));
    }
    y += Math.max(...row.map(panelHeight)) + PANEL_GAP;
  }
  return { elements, bottom: panels.length === 0 ? top : y - PANEL_GAP };
}

function drawCaption(results: Results, figures: readonly Figure[], top: number): Part {
  // Non-breaking spaces keep each name and its version on one line.
  const sentences = [describeRun(results), listVersions(results).map(nonBreaking).join(", ")];
  const skipped = listSkipped(results);
  if (skipped !== "") sentences.push(`Not measured: ${skipped}`);
  const missing = listMissing(results, figures);
  if (missing !== "") sentences.push(`Without a figure: ${missing}`);
  const lines = sentences.filter(Boolean).flatMap((sentence) => wrap(sentence, FONT_SIZE.small, INNER_WIDTH));
  const elements = [emptyElement("line", { class: "rule", x1: MARGIN, y1: top, x2: WIDTH - MARGIN, y2: top })];
  for (const [at, line] of lines.entries())
    elements.push(textElement("text", { class: "muted", x: MARGIN, y: top + 22 + at * LINE_HEIGHT }, line));
  return { elements, bottom: top + 22 + (lines.length - 1) * LINE_HEIGHT };
}

function nonBreaking(text: string): string {
  return text.replaceAll(" ", "\u00A0");
}

/** Describes a panel in words, for screen readers. */
function describePanel({ figure, rows }: Panel): string {
  const values = rows.map(({ label, printed, onTwoCores }) =>
    onTwoCores === undefined ? `${label} ${printed}` : `${label} ${printed}, on 2 cores ${onTwoCores.printed}`,
  );
  return `${figure.title} (${figure.conditions}; ${figure.better} is better): ${values.join("; ")}.`;
}
