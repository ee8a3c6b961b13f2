import type { Logger } from "@kreuz/router";

/** One line that was logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that adds to a list. */
export function recordInto(log: LogLine[]): Logger {
  const at = (level: LogLine["level"]) => (fields: object, message: string) =>
    void log.push({ level, fields: fields as LogLine["fields"], message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
