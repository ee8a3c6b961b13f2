import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";

type Level = "info" | "warn" | "error";

/** Lines of one kind, since the first of them. */
interface Kind {
  readonly level: Level;
  readonly message: string;
  readonly cancel: () => void;
  logged: number;
  withheld: number;
  fields: object;
}

/** Milliseconds for which lines of one kind are counted together. */
const PERIOD_MS = 10_000;
/** Lines of one kind that are logged in a period as they are. */
const MAX_PER_PERIOD = 10;
/** Beyond it, lines of all further kinds count as one. */
const MAX_KINDS = 200;
const OTHER = "more lines of various kinds";

/** A logger that sums up repeated lines. */
export interface SummingLogger extends Logger {
  /** Logs the sums so far. */
  sumUp(): void;
}

/**
 * A logger that clients cannot flood: of lines with the same message, the first ones in ten seconds are logged as they
 * are. Those that follow are summed up in one line, with their number as `times` and the fields of the last one.
 */
export function sumRepeats(logger: Logger, clock: Clock): SummingLogger {
  const kinds = new Map<string, Kind>();

  function log(level: Level, fields: object, message: string): void {
    const { limit = "" } = fields as { readonly limit?: unknown };
    const own = `${level} ${message} ${String(limit)}`;
    const known = kinds.size < MAX_KINDS || kinds.has(own);
    const [key, text] = known ? [own, message] : [OTHER, OTHER];
    let kind = kinds.get(key);
    if (kind === undefined) {
      const cancel = clock.schedule(PERIOD_MS, () => end(key));
      kinds.set(key, (kind = { level, message: text, cancel, logged: 0, withheld: 0, fields }));
    }
    if (known && kind.logged < MAX_PER_PERIOD) {
      kind.logged++;
      return logger[level](fields, message);
    }
    kind.withheld++;
    kind.fields = fields;
  }

  function end(key: string): void {
    const kind = kinds.get(key);
    kinds.delete(key);
    kind?.cancel();
    if (kind === undefined || kind.withheld === 0) return;
    const { level, message, withheld, fields } = kind;
    logger[level](
      { ...fields, times: withheld },
      `${message} (${withheld} more in ${PERIOD_MS / 1000} s; the last one is shown)`,
    );
  }

  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => log("info", fields, message),
    warn: (fields, message) => log("warn", fields, message),
    error: (fields, message) => log("error", fields, message),
    sumUp: () => [...kinds.keys()].forEach(end),
  };
}
