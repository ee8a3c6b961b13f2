import type { CliContext } from "../cli/cli-context.js";
import { CommandFailure, ExitCode } from "../client/exit-codes.js";
import { printable } from "../log/printable.js";
import { checkPlugin, type PluginReport } from "./check-plugin.js";
import type { Finding } from "./finding.js";

const MARKS: Readonly<Record<Finding["result"], string>> = { ok: "✓", warning: "⚠", wrong: "✗" };

/**
 * `kreuz plugin check`: prints what was found, a line each.
 *
 * @throws CommandFailure when something is wrong.
 */
export async function pluginCheck(target: string, { cwd, stdout }: CliContext): Promise<void> {
  const report = await checkPlugin(target, cwd);
  stdout.write(`${printable(report.title)}\n${report.sections.map(describe).join("")}\n${summary(report)}\n`);
  const isWrong = report.sections.some(({ findings }) => findings.some(({ result }) => result === "wrong"));
  if (isWrong) throw new CommandFailure(ExitCode.USAGE);
}

function describe({ title, findings }: PluginReport["sections"][number]): string {
  const lines = findings.map(({ result, text, remedy }) =>
    printable(`  ${MARKS[result]} ${text}${remedy === undefined ? "" : `; ${remedy}`}`),
  );
  return `\n${printable(title)}\n${lines.join("\n")}\n`;
}

function summary({ sections }: PluginReport): string {
  const all = sections.flatMap(({ findings }) => findings);
  const [wrong, warnings] = (["wrong", "warning"] as const).map(
    (result) => all.filter((finding) => finding.result === result).length,
  );
  if (wrong === 0 && warnings === 0) return "all is well";
  return `${wrong} wrong, ${warnings} to better`;
}
