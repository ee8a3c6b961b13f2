// `pnpm bench:soak-chart recording.csv chart.svg`: draws what /metrics said during a soak, as KREUZ_SOAK_RECORDING has it.
import { readFileSync, writeFileSync } from "node:fs";
import { drawLinePanel, LINE_PANEL_HEIGHT, type Line, type LinePanel } from "./report/line-panel.js";
import { emptyElement, STYLE, textElement } from "./report/svg.js";

const WIDTH = 840;
const MARGIN = 24;
const HEADER_HEIGHT = 52;
const MEBIBYTE = 1024 * 1024;
const COLOURS = ["kreuz", "peer", "kreuz second", "peer second"];
/** Lines have the colours of bars, as strokes. */
const LINE_STYLE = `
.line, .line.kreuz, .line.peer, .line.second { fill: none; stroke-width: 1.5; stroke: #98a2b0; }
.line.kreuz { stroke: #4f46e5; }
.line.second { stroke-dasharray: 4 3; }
`;

type Recording = ReadonlyMap<string, readonly number[]>;

function read(path: string): Recording {
  const [head = "", ...rows] = readFileSync(path, "utf8").trim().split("\n");
  const cells = rows.map((row) => row.split(",").map(Number));
  return new Map(head.split(",").map((name, at) => [name, cells.map((row) => row[at] ?? 0)]));
}

/** @throws Error if the recording has no such column. */
function column(recording: Recording, name: string): readonly number[] {
  const values = recording.get(name);
  if (values === undefined) throw new Error(`the recording has no column ${name}`);
  return values;
}

function panel(
  recording: Recording,
  parts: Pick<LinePanel, "title" | "conditions" | "printY">,
  columns: Readonly<Record<string, string>>,
  unit = 1,
): LinePanel {
  const lines = Object.entries(columns).map(([name, label], at): Line => ({
    label,
    values: column(recording, name).map((value) => value / unit),
    class: COLOURS[at]!,
  }));
  const printX = (seconds: number): string => `${Math.round(seconds / 60)} min`;
  return { ...parts, x: column(recording, "seconds"), lines, printX };
}

function draw(recording: Recording): string {
  const last = (name: string): string => Math.max(0, ...column(recording, name)).toLocaleString("en");
  const panels = [
    panel(
      recording,
      { title: "Memory", conditions: "of the process, MiB", printY: String },
      { resident_bytes: "resident", heap_bytes: "heap" },
      MEBIBYTE,
    ),
    panel(
      recording,
      { title: "Held for clients", conditions: "gauges of the router", printY: String },
      {
        connections: "connections",
        subscriptions: "subscriptions",
        registrations: "registrations",
        calls_pending: "calls pending",
      },
    ),
  ];
  const height = HEADER_HEIGHT + panels.length * (LINE_PANEL_HEIGHT + MARGIN) + MARGIN / 2;
  const note = `${last("joined_total")} sessions, ${last("calls_total")} calls, ${last("messages_total")} messages; clients stop reading, are killed and break off all the time.`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    textElement("title", { id: "title" }, "What /metrics says during a soak"),
    textElement("desc", { id: "description" }, note),
    `<style>${STYLE}${LINE_STYLE}</style>`,
    emptyElement("rect", { class: "page", x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 }),
    textElement("text", { class: "heading", x: MARGIN, y: MARGIN + 12 }, "An hour of random traffic and faults"),
    textElement("text", { class: "muted", x: MARGIN, y: MARGIN + 30 }, note),
    ...panels.flatMap((each, at) =>
      drawLinePanel(each, {
        x: MARGIN,
        y: MARGIN + HEADER_HEIGHT + at * (LINE_PANEL_HEIGHT + MARGIN),
        width: WIDTH - 2 * MARGIN,
      }),
    ),
    "</svg>",
  ].join("\n")}\n`;
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write("usage: pnpm bench:soak-chart <recording.csv> <chart.svg>\n");
  process.exit(1);
}
writeFileSync(to, draw(read(from)));
