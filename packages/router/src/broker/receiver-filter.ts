import type { PublishOptions } from "@kreuz/codec";
import type { SessionInfo } from "../session/session-info.js";

/** Decides who may receive one publication (spec: "Subscriber Black- and Whitelisting"). An empty `eligible` list admits nobody. */
export class ReceiverFilter {
  /** Whether the lists name session ids, which mean nothing to sessions that join later. */
  readonly namesSessions: boolean;
  readonly #conditions: ReadonlyArray<(receiver: SessionInfo) => boolean>;

  private constructor(options: PublishOptions, conditions: ReadonlyArray<(receiver: SessionInfo) => boolean>) {
    this.namesSessions = options.exclude !== undefined || options.eligible !== undefined;
    this.#conditions = conditions;
  }

  /** Makes the filter for the options; `undefined` when they admit everybody. */
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

/** Converts the list to a set once, since every receiver is looked up in it. */
function among<T>(list: readonly T[] | undefined, of: (receiver: SessionInfo) => T): Condition {
  if (list === undefined) return undefined;
  const values = new Set(list);
  return (receiver) => values.has(of(receiver));
}

function notAmong<T>(list: readonly T[] | undefined, of: (receiver: SessionInfo) => T): Condition {
  const listed = among(list, of);
  return listed === undefined ? undefined : (receiver) => !listed(receiver);
}
