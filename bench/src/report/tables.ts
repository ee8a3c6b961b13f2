import type { Results } from "../results.js";
import { circumstances, leftOut, versions } from "./caption.js";
import { escapeMarkdown } from "./markdown.js";
import { messageTables } from "./message-tables.js";
import { inOrder } from "./labels.js";
import { sessionTables } from "./session-tables.js";

/** All results as Markdown: sections with tables, the first headings being of the second level. */
export function tablesOf(results: Results): string {
  const ordered: Results = { ...results, servers: inOrder(results.servers) };
  const rpc = messageTables("call", ordered);
  const fanOut = messageTables("event", ordered);
  const skipped = leftOut(results);
  const blocks = [
    `${escapeMarkdown(circumstances(results))}.`,
    `Versions: ${escapeMarkdown(versions(results).join(", "))}.`,
    ...(skipped === "" ? [] : [`Not measured: ${escapeMarkdown(skipped)}.`]),
    ...(rpc.length === 0 ? [] : ["## RPC", ...rpc]),
    ...(fanOut.length === 0 ? [] : ["## Fan-out", ...fanOut]),
    ...sessionTables(ordered),
  ];
  return `${blocks.join("\n\n")}\n`;
}
