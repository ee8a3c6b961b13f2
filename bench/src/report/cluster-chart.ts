import { emptyElement, FONT_SIZE, STYLE, textElement, wrap } from "./svg.js";

/** What routers of some number do together. */
export interface ClusterThroughput {
  /** Such as `2 nodes`. */
  readonly name: string;
  /** Calls a second where all processes share the cores of the machine. */
  readonly measured: number;
  /** Calls a second if each router had a core to itself, by the CPU time of the busiest one. */
  readonly modelled: number;
  /** Cores that the engine needs for that; 0 without one. */
  readonly engineCores: number;
}

/** Routers that are joined in one way. */
export interface ThroughputGroup {
  readonly title: string;
  readonly rows: readonly ClusterThroughput[];
}

const WIDTH = 840;
const MARGIN = 24;
const LEFT = 110;
const BAR = 16;
const ROW = 52;
const TITLE = 30;
const TOP = 80;
/** Room for the value beside the longest bar. */
const RIGHT = 200;

/** Draws how many calls a second several routers answer, as an SVG document. */
export function clusterChart(groups: readonly ThroughputGroup[], about: string): string {
  const results = groups.flatMap(({ rows }) => rows);
  const most = Math.max(...results.map(({ modelled, measured }) => Math.max(modelled, measured)));
  const scale = (WIDTH - 2 * MARGIN - LEFT - RIGHT) / most;
  let bottom = TOP;
  const drawn = groups.flatMap(({ title, rows }) => {
    const top = bottom;
    bottom += TITLE + rows.length * ROW;
    return [
      textElement("text", { class: "title", x: MARGIN, y: top + 14 }, title),
      ...rows.flatMap((row, at) => drawRow(row, top + TITLE + at * ROW, scale)),
    ];
  });
  const note = wrap(about, FONT_SIZE.small, WIDTH - 2 * MARGIN);
  const height = bottom + note.length * 16 + MARGIN;
  const title = "Calls a second, callers and callees at any router";
  const explanation = "Blue: by CPU time, if each router had a core of its own. Grey: measured, all on one core.";
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    textElement("title", { id: "title" }, title),
    textElement("desc", { id: "description" }, results.map(describe).join(" ")),
    `<style>${STYLE}</style>`,
    emptyElement("rect", { class: "page", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 }),
    textElement("text", { class: "heading", x: MARGIN, y: MARGIN + 14 }, title),
    textElement("text", { class: "muted", x: MARGIN, y: MARGIN + 36 }, explanation),
    ...drawn,
    ...note.map((line, at) => textElement("text", { class: "muted", x: MARGIN, y: bottom + 16 * (at + 1) }, line)),
    "</svg>",
  ].join("\n")}\n`;
}

/** Two bars, one below the other. */
function drawRow({ name, measured, modelled, engineCores }: ClusterThroughput, y: number, scale: number): string[] {
  const x = MARGIN + LEFT;
  const engine = engineCores > 0 ? `, engine ${engineCores.toFixed(1)} cores` : "";
  return [
    textElement("text", { class: "name", x: x - 10, y: y + 20 }, name),
    emptyElement("rect", { class: "kreuz", x, y, width: modelled * scale, height: BAR, rx: 2 }),
    textElement("text", { class: "value", x: x + modelled * scale + 7, y: y + 13 }, `${rounded(modelled)}${engine}`),
    emptyElement("rect", { class: "peer second", x, y: y + BAR + 3, width: measured * scale, height: BAR, rx: 2 }),
    textElement("text", { class: "muted", x: x + measured * scale + 7, y: y + BAR + 15 }, `${rounded(measured)} here`),
  ];
}

function describe({ name, measured, modelled }: ClusterThroughput): string {
  return `${name}: ${rounded(modelled)} by CPU time, ${rounded(measured)} measured.`;
}

function rounded(value: number): string {
  return (Math.round(value / 100) * 100).toLocaleString("en");
}
