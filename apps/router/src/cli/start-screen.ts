import type { LoadedConfig } from "../config/loaded-config.js";
import { builtInTransports } from "../config/extension-config.js";
import { isLoopback } from "../config/warn-about.js";
import type { RunningRouter } from "../run/running-router.js";
import { version } from "../version.js";
import { columns, wrap } from "./columns.js";
import { describeAnonymous } from "./describe-access.js";

const WIDTH = 100;
const INDENT = "  ";

/** What is shown of a running router. */
type Running = Pick<RunningRouter, "endpoints" | "adminUrl" | "consoleUrl">;

/** The screen that `kreuz start` prints on a terminal. */
export function startScreen(
  loaded: LoadedConfig,
  { endpoints, adminUrl, consoleUrl }: Running,
  command = "kreuz",
): string {
  const { config, source } = loaded;
  const rows: [string, string][] = [];
  for (const { url, codecs } of endpoints) rows.push(["URL", url], ["Codecs", codecs.join(", ")]);
  for (const realm of config.realms) rows.push(["Realm", realm.name], ["Anonymous", describeAnonymous(realm, command)]);
  if (config.workers > 1) rows.push(["Workers", String(config.workers)]);
  if (adminUrl !== undefined) rows.push(["Health", `${adminUrl}/readyz`]);
  if (adminUrl !== undefined && config.admin?.metrics === true) rows.push(["Metrics", `${adminUrl}/metrics`]);
  if (consoleUrl !== undefined)
    rows.push(["Console", `${consoleUrl}${source.development === true ? "  (good once)" : ""}`]);
  if (source.development !== true) rows.push(["Config", source.name]);
  const warning = startWarning(loaded, command);
  const parts = [
    `${INDENT}Kreuz ${version()}, WAMP router`,
    columns(rows, INDENT.length * 2, WIDTH),
    ...(warning === undefined ? [] : [paragraph(`⚠ ${warning}`)]),
    `${INDENT}Press Ctrl-C to stop.`,
  ];
  return `\n${parts.join("\n\n")}\n\n`;
}

/** The fields of the log line that replaces the screen where there is no terminal. */
export function startReport({ config, source }: LoadedConfig, { endpoints, adminUrl, consoleUrl }: Running): object {
  return {
    version: version(),
    config: source.name,
    urls: endpoints.map(({ url }) => url),
    ...(adminUrl === undefined ? {} : { admin: adminUrl }),
    ...(consoleUrl === undefined ? {} : { console: consoleUrl }),
    codecs: [...new Set(endpoints.flatMap(({ codecs }) => codecs))],
    realms: config.realms.map((realm) => ({ name: realm.name, anonymous: describeAnonymous(realm) })),
  };
}

/** The warning about the development defaults; `undefined` with a config. */
export function startWarning({ source, config }: LoadedConfig, command = "kreuz"): string | undefined {
  if (source.development !== true) return undefined;
  const reachable = builtInTransports(config).some(([, { host, unix }]) => unix === undefined && !isLoopback(host));
  return (
    "Development defaults, because there is no kreuz.yaml here: every client that reaches this port may do everything" +
    `${reachable ? ", and other machines can reach it" : ""}. Do not expose it to the internet. ` +
    `Run \`${command} init\` to create a config.`
  );
}

function paragraph(text: string): string {
  return wrap(text, WIDTH - INDENT.length)
    .map((line) => INDENT + line)
    .join("\n");
}
