import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { moment } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { QueryChoice } from "../../parts/query-choice.js";
import { SearchField } from "../../parts/search-field.js";
import { State } from "../../parts/state.js";
import type { LogLine } from "../../stores/log-feed.js";

const TONES = { info: undefined, warn: "warn", error: "danger" } as const;

/** Warnings and errors of the router, and what operators did; the newest first. */
export function Log(): JSX.Element {
  const { workspace, navigation } = useDesk();
  const { lines, loaded, problem } = workspace.log;
  const { text = "", level = "" } = navigation.route.value.query;
  useEffect(() => workspace.log.read(), [lines.value]);
  const shown = lines.value.filter((line) => (level === "" || line.level === level) && hasText(line, text));
  return (
    <div class="screen">
      <div class="screen-head">
        <h1>Log</h1>
        <div class="bar grow">
          <SearchField label="Search the log" placeholder="Message or field" />
          <QueryChoice label="Level" name="level" values={["info", "warn", "error"]} />
        </div>
      </div>
      {shown.length === 0 && loaded.value ? (
        <State title={lines.value.length === 0 ? "The log is empty" : "No line fits"}>
          <p>
            {problem.value ??
              (lines.value.length === 0
                ? "The router has warned of nothing since it started. Its whole log is where it runs."
                : "Search for less, or show every level.")}
          </p>
        </State>
      ) : (
        <ol class="panel log">
          {shown.map((line) => (
            <LogItem key={line.key} of={line} />
          ))}
        </ol>
      )}
    </div>
  );
}

function LogItem({ of }: { readonly of: LogLine }): JSX.Element {
  return (
    <li class="log-line">
      <time class="muted" dateTime={new Date(of.at).toISOString()}>
        {moment(of.at, Date.now())}
      </time>
      <span class="badge" data-tone={TONES[of.level]}>
        {of.level}
      </span>
      <span class="breakable">
        {of.message}{" "}
        <span class="mono muted">
          {Object.entries(of.fields)
            .map(([name, value]) => `${name}=${String(value)}`)
            .join(" ")}
        </span>
      </span>
    </li>
  );
}

function hasText({ message, fields }: LogLine, text: string): boolean {
  const wanted = text.toLowerCase();
  return [message, ...Object.entries(fields).flat()].some((part) => String(part).toLowerCase().includes(wanted));
}
