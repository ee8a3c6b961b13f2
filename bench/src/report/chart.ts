import type { Results } from "../results.js";
import { rowsOf } from "./bars.js";
import { drawPanel, nameWidth, panelHeight, type Panel } from "./bar-panel.js";
import { circumstances, gaps, leftOut, versions } from "./caption.js";
import { figuresOf, type Figure } from "./figures.js";
import { identify } from "./labels.js";
import { FONT_SIZE, HATCHING, STYLE } from "./style.js";
import { wrap } from "./text-width.js";
import { emptyElement, textElement } from "./svg.js";

const WIDTH = 840;
const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const COLUMNS = 2;
const COLUMN_GAP = 36;
const COLUMN = (INNER - (COLUMNS - 1) * COLUMN_GAP) / COLUMNS;
const PANEL_GAP = 30;
/** A name longer than this loses its end: the bars need the room. It is whole in the caption. */
const MOST_NAME = 150;
const LINE = 16;

/** The results in one picture: an SVG document for people who choose a router. */
export function chartOf(results: Results): string {
  const figures = figuresOf(results);
  const panels = figures.map((figure) => ({ figure, rows: rowsOf(figure) }));
  const head = drawHead(results, MARGIN);
  const body = drawPanels(panels, head.bottom + 20);
  const foot = drawCaption(results, figures, body.bottom + 22);
  const height = foot.bottom + MARGIN - 4;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    textElement("title", { id: "title" }, heading(results)),
    textElement("desc", { id: "description" }, panels.map(describe).join(" ")),
    `<style>${STYLE}</style>`,
    `<defs>${HATCHING}</defs>`,
    emptyElement("rect", { class: "page", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 }),
    ...head.drawn,
    ...body.drawn,
    ...foot.drawn,
    "</svg>",
  ].join("\n")}\n`;
}

/** A part of the page. */
interface Part {
  readonly drawn: readonly string[];
  readonly bottom: number;
}

function heading({ machine }: Results): string {
  return machine.pinned ? "Kreuz and other WAMP routers, each on one core" : "Kreuz and other WAMP routers";
}

function drawHead(results: Results, top: number): Part {
  const drawn = [textElement("text", { class: "heading", x: MARGIN, y: top + 16 }, heading(results))];
  if (!results.servers.some(({ name }) => identify(name).role === "limit")) return { drawn, bottom: top + 20 };
  const limit = "The relay is no router: it only passes WebSocket frames on, unread, and so marks the limit.";
  drawn.push(textElement("text", { class: "muted", x: MARGIN, y: top + 36 }, limit));
  return { drawn, bottom: top + 40 };
}

function drawPanels(panels: readonly Panel[], top: number): Part {
  const names = Math.min(MOST_NAME, Math.max(0, ...panels.map(nameWidth)));
  const drawn: string[] = [];
  let y = top;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const beside = panels.slice(first, first + COLUMNS);
    for (const [column, panel] of beside.entries())
      drawn.push(...drawPanel(panel, { x: MARGIN + column * (COLUMN + COLUMN_GAP), y, width: COLUMN, names }));
    y += Math.max(...beside.map(panelHeight)) + PANEL_GAP;
  }
  return { drawn, bottom: panels.length === 0 ? top : y - PANEL_GAP };
}

function drawCaption(results: Results, figures: readonly Figure[], top: number): Part {
  // No name is torn from its version.
  const sentences = [circumstances(results), versions(results).map(unbreakable).join(", ")];
  const skipped = leftOut(results);
  if (skipped !== "") sentences.push(`Not measured: ${skipped}`);
  const missing = gaps(results, figures);
  if (missing !== "") sentences.push(`Without a figure: ${missing}`);
  const lines = sentences.filter(Boolean).flatMap((sentence) => wrap(sentence, FONT_SIZE.small, INNER));
  const drawn = [emptyElement("line", { class: "rule", x1: MARGIN, y1: top, x2: WIDTH - MARGIN, y2: top })];
  for (const [at, line] of lines.entries())
    drawn.push(textElement("text", { class: "muted", x: MARGIN, y: top + 22 + at * LINE }, line));
  return { drawn, bottom: top + 22 + (lines.length - 1) * LINE };
}

function unbreakable(text: string): string {
  return text.replaceAll(" ", "\u00A0");
}

/** A panel for those who cannot see it. */
function describe({ figure, rows }: Panel): string {
  const said = rows.map(({ label, printed, onTwoCores }) =>
    onTwoCores === undefined ? `${label} ${printed}` : `${label} ${printed}, on 2 cores ${onTwoCores.printed}`,
  );
  return `${figure.title} (${figure.conditions}; ${figure.better} is better): ${said.join("; ")}.`;
}
