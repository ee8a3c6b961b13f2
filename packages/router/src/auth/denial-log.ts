import type { Action } from "./authorizer.js";
import type { Logger } from "../logger.js";
import type { SessionInfo } from "../session/session-info.js";

/**
 * Writes down what sessions were denied: of each session the first denial, the 10th, the 100th and so on at level
 * `info`, the others at `debug`. So the log shows every session that tries, and none can fill it.
 */
export class DenialLog {
  readonly #logger: Logger;
  readonly #counts = new WeakMap<SessionInfo, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  denied(session: SessionInfo, { type, uri, match }: Action): void {
    const denials = (this.#counts.get(session) ?? 0) + 1;
    this.#counts.set(session, denials);
    const { session: id, realm, authid, authrole } = session;
    const fields = { session: id, realm, authid, authrole, action: type, uri, match, denials };
    if (isPowerOfTen(denials)) this.#logger.info(fields, "not authorized");
    else this.#logger.debug(fields, "not authorized");
  }
}

function isPowerOfTen(count: number): boolean {
  return Number.isInteger(Math.log10(count));
}
