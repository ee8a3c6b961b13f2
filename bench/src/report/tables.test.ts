import { describe, expect, it } from "vitest";
import { tablesOf } from "./tables.js";
import { FAKE_SERVERS, fakeResults } from "./testing/fake-results.js";

/** The lines of the first table after these headings. */
function tableAfter(markdown: string, ...headings: string[]): string[] {
  const lines = markdown.split("\n");
  let at = 0;
  for (const heading of headings) {
    at = lines.indexOf(heading, at);
    expect(at, heading).toBeGreaterThan(-1);
  }
  const from = lines.findIndex((line, index) => index > at && line.startsWith("|"));
  const to = lines.findIndex((line, index) => index > from && !line.startsWith("|"));
  return lines.slice(from, to);
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function headingsOf(markdown: string): string[] {
  return markdown.split("\n").filter((line) => line.startsWith("#"));
}

describe("tablesOf: messages", () => {
  it("compares calls per second with Kreuz", () => {
    const table = tableAfter(tablesOf(fakeResults()), "## RPC", "### Calls per second", "#### JSON over WebSocket");
    expect(table.slice(0, 6).map(cellsOf)).toEqual([
      ["Scenario", "Payload", "kreuz", "nexus", "nexus (2 cores)", "crossbar", "wampd", "bare ws relay (baseline)"],
      [
        "--------",
        "------:",
        "------:",
        "-------------:",
        "--------------:",
        "-------------:",
        "-------------:",
        "-----------------------:",
      ],
      [
        "RPC 1×1",
        "64 B",
        "20,500",
        "9,760 (0.48×)",
        "14,800 (0.72×)",
        "1,480 (0.07×)",
        "7,860 (0.38×)",
        "23,800 (1.16×)",
      ],
      [
        "RPC 1×1",
        "1 KiB",
        "18,300",
        "8,750 (0.48×)",
        "13,200 (0.72×)",
        "1,320 (0.07×)",
        "7,040 (0.38×)",
        "21,300 (1.16×)",
      ],
      ["RPC 1×1", "16 KiB", "6,880", "3,280 (0.48×)", "4,960 (0.72×)", "496 (0.07×)", "2,640 (0.38×)", "8,000 (1.16×)"],
      [
        "RPC 8×16",
        "64 B",
        "141,000",
        "67,300 (0.48×)",
        "102,000 (0.72×)",
        "10,200 (0.07×)",
        "54,200 (0.38×)",
        "164,000 (1.16×)",
      ],
    ]);
  });

  it("leaves a server out of tables of protocols that it does not support", () => {
    const markdown = tablesOf(fakeResults());
    expect(tableAfter(markdown, "## RPC", "#### JSON over WebSocket")[0]).toContain("wampd");
    expect(tableAfter(markdown, "## RPC", "#### CBOR over RawSocket")[0]).not.toContain("wampd");
  });

  it("has CPU time, and latency if it was measured", () => {
    const markdown = tablesOf(fakeResults());
    const cpu = tableAfter(markdown, "## Fan-out", "### CPU time of the server per event, in microseconds");
    expect(cpu.slice(2).map((line) => cellsOf(line).slice(0, 4))).toEqual([
      ["fan-out 1→100", "64 B", "1.91", "4.01"],
      ["fan-out 1→100", "1 KiB", "2.14", "4.48"],
      ["fan-out 1→100", "16 KiB", "5.70", "11.9"],
    ]);
    const latency = tableAfter(markdown, "## RPC", "### Latency, 50th / 99th percentile, in milliseconds");
    expect(latency.slice(2).map((line) => cellsOf(line).slice(0, 4))).toEqual([
      ["RPC 1×1", "64 B", "0.36 / 1.01", "0.76 / 2.12"],
      ["RPC 8×16", "64 B", "0.36 / 1.01", "0.76 / 2.12"],
      ["RPC 64×1", "64 B", "0.36 / 1.01", "0.76 / 2.12"],
    ]);
    expect(headingsOf(markdown).filter((line) => line.startsWith("### Latency"))).toHaveLength(1);
  });

  it("puts a dash in place of a missing figure", () => {
    const results = fakeResults();
    const messages = results.messages.filter(({ server, bytes }) => server !== "nexus" || bytes !== 1024);
    const table = tableAfter(tablesOf({ ...results, messages }), "### Calls per second");
    expect(table.slice(2, 5).map((line) => cellsOf(line)[3])).toEqual(["9,760 (0.48×)", "–", "3,280 (0.48×)"]);
  });

  it("sorts rows by size", () => {
    const results = fakeResults();
    expect(tablesOf({ ...results, messages: results.messages.toReversed() })).toMatch(
      /RPC 8×16 +\| +64 B.*\n\| RPC 8×16 +\| +1 KiB.*\n\| RPC 8×16 +\| +16 KiB/,
    );
  });

  it("has no ratios without Kreuz", () => {
    const markdown = tablesOf(
      fakeResults(
        {},
        FAKE_SERVERS.filter(({ name }) => name !== "kreuz"),
      ),
    );
    expect(cellsOf(tableAfter(markdown, "### Calls per second")[2]!)[2]).toBe("9,760");
    expect(markdown).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

describe("tablesOf: sessions", () => {
  it("has joins, idle sessions and churn", () => {
    const markdown = tablesOf(fakeResults());
    expect(tableAfter(markdown, "## Joins").slice(0, 4)).toEqual([
      "| Server          | Joins per second | CPU time per join, µs |",
      "| --------------- | ---------------: | --------------------: |",
      "| kreuz           |            5,630 |                   174 |",
      "| nexus           |            2,680 |                   366 |",
    ]);
    expect(cellsOf(tableAfter(markdown, "## Idle sessions")[2]!)).toEqual(["kreuz", "2,000", "14.0"]);
    expect(tableAfter(markdown, "## Session meta API under churn").slice(0, 3).map(cellsOf)).toEqual([
      ["Server", "Joins per second", "Events per second", "count, ms", "list, ms", "get, ms", "Cores in use"],
      [
        "---------------",
        "---------------:",
        "----------------:",
        "----------:",
        "----------:",
        "----------:",
        "-----------:",
      ],
      ["kreuz", "50", "5,000", "0.35 / 1.05", "0.58 / 2.21", "0.41 / 1.28", "0.058"],
    ]);
  });

  it("has no section without results", () => {
    const markdown = tablesOf(fakeResults({ messages: [], joins: [], idle: [], churn: [] }));
    expect(headingsOf(markdown)).toEqual([]);
  });
});

describe("tablesOf: the document", () => {
  it("begins with a description of the run", () => {
    expect(tablesOf(fakeResults()).split("\n\n").slice(0, 3)).toEqual([
      "2025-03-14 · Example CPU 3000 @ 2.60GHz, 2 cores · Linux 6.1.0 · Node 20.19.4 · medians of 5 rounds.",
      "Versions: kreuz 7.2.3, nexus 0.2.3, crossbar 9.2.3, wampd 9.2.3, bare ws relay (baseline) 4.2.3.",
      "Not measured: bondy (no Erlang here).",
    ]);
  });

  it("has lines of equal length in each table", () => {
    for (const block of tablesOf(fakeResults())
      .split("\n\n")
      .filter((block) => block.startsWith("|")))
      expect(
        new Set(
          block
            .trim()
            .split("\n")
            .map((line) => [...line].length),
        ).size,
      ).toBe(1);
  });

  it("escapes Markdown", () => {
    const markdown = tablesOf(fakeResults({}, [...FAKE_SERVERS, { name: "a|b <i> & c", speed: 0.5 }]));
    expect(tableAfter(markdown, "## Joins").join("\n")).toContain(String.raw`| a\|b &lt;i> &amp; c |`);
  });
});
