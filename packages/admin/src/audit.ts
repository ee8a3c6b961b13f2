import { WampError } from "@kreuz/codec";
import type { Logger, ProcedureCall } from "@kreuz/router";
import type { OperatorLog } from "./operator-log.js";

/** What an action was about, for its line in the log. Never a payload. */
export type Subject = Readonly<Record<string, string | number | boolean>>;

/** Writes one line into the log for each action of an operator: who, what, and how it ended. */
export class Audit {
  readonly #logger: Logger;
  readonly #log: OperatorLog;

  constructor(logger: Logger, log: OperatorLog) {
    this.#logger = logger;
    this.#log = log;
  }

  /** Runs an action. It adds to `subject` what it finds out. */
  async run<T>(call: ProcedureCall, action: (note: (more: Subject) => void) => Promise<T> | T): Promise<T> {
    const subject: Record<string, string | number | boolean> = {};
    const note = (more: Subject): void => void Object.assign(subject, more);
    try {
      const result = await action(note);
      this.#write(call, subject, "done");
      return result;
    } catch (error) {
      this.#write(call, { ...subject, error: error instanceof WampError ? error.uri : "failed" }, "refused or failed");
      throw error;
    }
  }

  #write({ caller, procedure }: ProcedureCall, subject: Subject, outcome: string): void {
    const fields = { operator: caller.authid, session: caller.session, ...subject };
    const message = `operator ${caller.authid}: ${procedure} ${outcome}`;
    this.#logger.info(fields, message);
    this.#log.add("info", fields, message);
  }
}
