import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { LogEntry } from "./contract.js";

/** Entries that are kept for whoever looks later. */
const MAX_ENTRIES = 500;
const MAX_FIELDS = 16;
/** Characters of a message or a field. */
const MAX_TEXT = 500;

/** The lines of the log that operators see: the last {@link MAX_ENTRIES} warnings, errors, and what operators did. */
export class OperatorLog {
  readonly #clock: Pick<Clock, "now">;
  readonly #entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #telling = false;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** The oldest first. */
  get entries(): readonly LogEntry[] {
    return [...this.#entries];
  }

  /** Keeps an entry, and tells the listeners. */
  add(level: LogEntry["level"], fields: object, message: string): void {
    const entry = { at: this.#clock.now(), level, message: cut(message), fields: plainFields(fields) };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    // What goes wrong while they are told is kept, and told to nobody: it would go wrong again.
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (const listener of this.#listeners) listener(entry);
    } finally {
      this.#telling = false;
    }
  }

  /** @returns a function that removes the listener. */
  onEntry(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A logger that passes everything on, and whose warnings and errors operators see. */
  watching(logger: Logger): Logger {
    return {
      debug: (fields, message) => logger.debug(fields, message),
      info: (fields, message) => logger.info(fields, message),
      warn: (fields, message) => {
        logger.warn(fields, message);
        this.add("warn", fields, message);
      },
      error: (fields, message) => {
        logger.error(fields, message);
        this.add("error", fields, message);
      },
    };
  }
}

function plainFields(fields: object): LogEntry["fields"] {
  const plain: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(fields).slice(0, MAX_FIELDS)) {
    const shown = plainValue(value);
    if (shown !== undefined) plain[key] = shown;
  }
  return plain;
}

function plainValue(value: unknown): string | number | boolean | undefined {
  switch (typeof value) {
    case "string":
      return cut(value);
    case "number":
    case "boolean":
      return value;
    case "object":
      if (value === null) return undefined;
      if (value instanceof Error) return cut(value.message);
      return Array.isArray(value) ? cut(value.slice(0, MAX_FIELDS).map(plainValue).join(", ")) : undefined;
    default:
      return undefined;
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
