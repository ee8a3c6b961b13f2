import { describe, expect, it } from "vitest";
import { chartOf } from "./chart.js";
import { FAKE_SERVERS, fakeResults } from "./testing/fake-results.js";

const TAG = /^<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/;
const STRAY_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\dA-Fa-f]+);)/;

/** The texts of the chart, without title and description. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!.replaceAll("\u00A0", " "));
}

/** The texts of a panel, from top to bottom. */
function panelOf(svg: string, title: string, next: string): string[] {
  const texts = textsOf(svg);
  return texts.slice(texts.indexOf(title) + 2, next === "" ? texts.length : texts.indexOf(next));
}

function rectangles(svg: string, className: string): string[] {
  return [...svg.matchAll(/<rect class="([^"]*)"[^>]*>/g)]
    .filter((match) => match[1] === className)
    .map(([tag]) => tag);
}

const widthOf = (rectangle: string): number => Number(/ width="([\d.]+)"/.exec(rectangle)![1]);

/** Returns the first error of an XML document of elements, attributes and text; `undefined` if it is well-formed. */
function xmlError(xml: string): string | undefined {
  const ampersand = STRAY_AMPERSAND.exec(xml);
  if (ampersand !== null) return `stray ampersand: ${xml.slice(ampersand.index, ampersand.index + 30)}`;
  const open: string[] = [];
  let roots = 0;
  for (let at = xml.indexOf("<"); at !== -1; at = xml.indexOf("<", at + 1)) {
    const tag = TAG.exec(xml.slice(at));
    if (tag === null) return `not a tag: ${xml.slice(at, at + 30)}`;
    const [, closes, name, attributes = "", empty] = tag;
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map((match) => match[1]);
    if (new Set(names).size < names.length) return `duplicate attribute: ${tag[0]}`;
    if (open.length === 0 && closes === "") roots++;
    if (closes === "/") {
      if (open.pop() !== name) return `closed without being open: ${name}`;
    } else if (empty === "") open.push(name!);
  }
  if (open.length > 0) return `not closed: ${open.join(", ")}`;
  return roots === 1 ? undefined : `${roots} roots`;
}

describe("chartOf: the document", () => {
  it("is well-formed, without scripts and external fonts or images", () => {
    const svg = chartOf(fakeResults());
    expect(xmlError(svg)).toBeUndefined();
    expect(svg).not.toMatch(/<script|@font-face|@import|href|url\((?!#)/);
  });

  it("has a title, and a description of the bars", () => {
    const svg = chartOf(fakeResults());
    expect(svg).toContain('role="img" aria-labelledby="title description"');
    expect(svg).toMatch(/<title id="title">[^<]+<\/title>/);
    const description = /<desc id="description">([^<]+)<\/desc>/.exec(svg)![1];
    expect(description).toContain("Calls per second (RPC 8×16, JSON over WebSocket, 64 B; more is better)");
    expect(description).toContain("nexus 67,300, on 2 cores 102,000");
  });

  it("has colours for dark mode", () => {
    expect(chartOf(fakeResults())).toContain("@media (prefers-color-scheme: dark)");
  });

  it("has no NaN, Infinity, undefined or null", () => {
    expect(chartOf(fakeResults())).not.toMatch(/NaN|Infinity|undefined|null/);
  });
});

describe("chartOf: the bars", () => {
  it("shows calls per second of every server, the fastest first", () => {
    expect(panelOf(chartOf(fakeResults()), "Calls per second", "Events per second")).toEqual([
      ...["bare ws relay (baseline)", "164,000"],
      ...["kreuz", "141,000"],
      ...["nexus", "67,300", "on 2 cores", "102,000"],
      ...["wampd", "54,200"],
      ...["crossbar", "10,200"],
    ]);
  });

  it("sorts ascending if less is better", () => {
    const texts = panelOf(chartOf(fakeResults()), "Memory of an idle session", "");
    expect(texts.slice(0, 8)).toEqual([
      "kreuz",
      "14.0 KiB",
      "nexus",
      "29.4 KiB",
      "on 2 cores",
      "19.4 KiB",
      "wampd",
      "36.5 KiB",
    ]);
  });

  it("has a panel for each figure", () => {
    const texts = textsOf(chartOf(fakeResults()));
    for (const title of [
      "Calls per second",
      "Events per second",
      "Latency of calls, 99th percentile",
      "CPU time per call of 16 KiB",
      "Joins per second",
      "Memory of an idle session",
    ])
      expect(texts).toContain(title);
  });

  it("draws bars in proportion to their values", () => {
    const svg = chartOf(fakeResults());
    const [kreuz] = rectangles(svg, "kreuz");
    const [nexus] = rectangles(svg, "peer");
    const [onTwoCores] = rectangles(svg, "peer second");
    expect(widthOf(nexus!) / widthOf(kreuz!)).toBeCloseTo(0.41 / 0.86, 2);
    expect(widthOf(onTwoCores!) / widthOf(kreuz!)).toBeCloseTo(0.62 / 0.86, 2);
  });

  it("draws the relay as the baseline, and never by its name", () => {
    const svg = chartOf(fakeResults());
    // Calls, events, latency and CPU time; the relay has no sessions.
    expect(rectangles(svg, "baseline")).toHaveLength(4);
    expect(textsOf(svg)).not.toContain("relay");
    expect(textsOf(chartOf(fakeResults({}, FAKE_SERVERS.slice(1)))).join()).not.toContain("relay");
  });

  it("gives Kreuz a colour of its own", () => {
    expect(rectangles(chartOf(fakeResults()), "kreuz")).toHaveLength(6);
  });

  it("draws nothing outside the page", () => {
    const long = { name: "a router with a name that goes on and on and on", speed: 1.3 };
    const svg = chartOf(fakeResults({}, [...FAKE_SERVERS, long]));
    expect(textsOf(svg)).toContainEqual(expect.stringMatching(/^a router with a.*…$/));
    expect(textsOf(svg).join(" ")).toContain(`${long.name} 7.2.3`);
    for (const [, x, width] of svg.matchAll(/<rect[^>]* x="([\d.]+)"[^>]* width="([\d.]+)"/g))
      expect(Number(x) + Number(width)).toBeLessThan(840);
  });

  it("labels a server that was measured only on two cores", () => {
    const servers = FAKE_SERVERS.filter(({ name }) => name !== "nexus");
    const svg = chartOf(fakeResults({}, servers));
    expect(panelOf(svg, "Calls per second", "Events per second").slice(4, 6)).toEqual(["nexus, 2 cores", "102,000"]);
  });
});

describe("chartOf: the caption", () => {
  it("has date, machine and rounds", () => {
    expect(textsOf(chartOf(fakeResults()))).toContain(
      "2025-03-14 · Example CPU 3000 @ 2.60GHz, 2 cores · Linux 6.1.0 · Node 20.19.4 · medians of 5 rounds",
    );
  });

  it("has the version of every server once", () => {
    expect(textsOf(chartOf(fakeResults()))).toContain(
      "kreuz 7.2.3, nexus 0.2.3, crossbar 9.2.3, wampd 9.2.3, bare ws relay (baseline) 4.2.3",
    );
  });

  it("lists skipped servers", () => {
    expect(textsOf(chartOf(fakeResults()))).toContain("Not measured: bondy (no Erlang here)");
    expect(textsOf(chartOf(fakeResults({ skipped: [] }))).join()).not.toContain("Not measured");
  });

  it("lists the figures that a router is missing in", () => {
    const results = fakeResults();
    const svg = chartOf({
      ...results,
      joins: results.joins.filter(({ server }) => server !== "crossbar"),
      idle: results.idle.filter(({ server }) => server !== "crossbar"),
    });
    expect(textsOf(svg)).toContain("Without a figure: crossbar (joins per second; memory of an idle session)");
    expect(panelOf(svg, "Joins per second", "Memory of an idle session")).not.toContain("crossbar");
  });

  it("mentions one core only if servers were pinned", () => {
    const { machine } = fakeResults();
    const heading = (pinned: boolean): string => textsOf(chartOf(fakeResults({ machine: { ...machine, pinned } })))[0]!;
    expect(heading(true)).toContain("each on one core");
    expect(heading(false)).not.toContain("core");
  });
});

describe("chartOf: results with gaps", () => {
  it("leaves out a panel without values", () => {
    const svg = chartOf(fakeResults({ joins: [], idle: [] }));
    expect(xmlError(svg)).toBeUndefined();
    expect(textsOf(svg).join()).not.toMatch(/Joins per second|joins per second|idle/);
  });

  it("works without any figure", () => {
    const svg = chartOf(fakeResults({ messages: [], joins: [], idle: [], servers: [], skipped: [] }));
    expect(xmlError(svg)).toBeUndefined();
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it("works with Kreuz alone", () => {
    const svg = chartOf(fakeResults({}, [{ name: "kreuz", speed: 1 }]));
    expect(xmlError(svg)).toBeUndefined();
    expect(rectangles(svg, "kreuz")).toHaveLength(6);
  });

  it("treats NaN as missing, also when it comes from a file", () => {
    const results = fakeResults();
    const joins = results.joins.map((join) =>
      join.server === "nexus" ? { ...join, joinsPerSecond: Number.NaN } : join,
    );
    for (const changed of [
      { ...results, joins },
      JSON.parse(JSON.stringify({ ...results, joins })) as typeof results,
    ]) {
      const svg = chartOf(changed);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
      // Its result on two cores is left.
      expect(panelOf(svg, "Joins per second", "Memory of an idle session")).toContain("nexus, 2 cores");
    }
  });

  it("escapes names and reasons", () => {
    const servers = [...FAKE_SERVERS, { name: 'R&D <"x">', speed: 0.5 }];
    const svg = chartOf(fakeResults({ skipped: [{ name: "a<b", reason: 'exit "1" & more' }] }, servers));
    expect(xmlError(svg)).toBeUndefined();
    expect(textsOf(svg)).toContain("R&amp;D &lt;&quot;x&quot;&gt;");
    expect(textsOf(svg)).toContain("Not measured: a&lt;b (exit &quot;1&quot; &amp; more)");
  });
});
