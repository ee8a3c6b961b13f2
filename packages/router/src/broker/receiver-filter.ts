import type { PublishOptions } from "@kreuz/codec";
import type { SessionInfo } from "../session/session-info.js";

/** Who may receive one publication (spec: "Subscriber Black- and Whitelisting"). An empty `eligible` list means nobody. */
export class ReceiverFilter {
  /** True when sessions are named by id: such a list means nothing to sessions that join later. */
  readonly namesSessions: boolean;
  readonly #conditions: ReadonlyArray<(receiver: SessionInfo) => boolean>;

  private constructor(options: PublishOptions, conditions: ReadonlyArray<(receiver: SessionInfo) => boolean>) {
    this.namesSessions = options.exclude !== undefined || options.eligible !== undefined;
    this.#conditions = conditions;
  }

  /** The filter that the options ask for, or `undefined` when everybody may receive. */
  static of(options: PublishOptions): ReceiverFilter | undefined {
    const conditions = [
      among(options.eligible, (receiver) => receiver.session),
      among(options.eligible_authid, (receiver) => receiver.authid),
      among(options.eligible_authrole, (receiver) => receiver.authrole),
      notAmong(options.exclude, (receiver) => receiver.session),
      notAmong(options.exclude_authid, (receiver) => receiver.authid),
      notAmong(options.exclude_authrole, (receiver) => receiver.authrole),
    ].filter((condition) => condition !== undefined);
    return conditions.length === 0 ? undefined : new ReceiverFilter(options, conditions);
  }

  admits(receiver: SessionInfo): boolean {
    for (const holds of this.#conditions) if (!holds(receiver)) return false;
    return true;
  }
}

type Condition = ((receiver: SessionInfo) => boolean) | undefined;

/** Lists become sets once, since they are asked about once per receiver. */
function among<T>(list: readonly T[] | undefined, of: (receiver: SessionInfo) => T): Condition {
  if (list === undefined) return undefined;
  const values = new Set(list);
  return (receiver) => values.has(of(receiver));
}

function notAmong<T>(list: readonly T[] | undefined, of: (receiver: SessionInfo) => T): Condition {
  const listed = among(list, of);
  return listed === undefined ? undefined : (receiver) => !listed(receiver);
}
