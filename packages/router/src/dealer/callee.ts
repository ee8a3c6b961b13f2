import type { RegisterOptions } from "@kreuz/codec";
import type { Session } from "../session/session.js";

/** One session on a registration, under the terms that it registered with. */
export class Callee {
  readonly session: Session;
  /** Calls it takes at the same time. */
  readonly concurrency: number;
  /** It wants to know who calls (spec: "Caller Identification"). */
  readonly discloseCaller: boolean;
  /** It minds the timeout of calls itself (spec: "Call Timeouts"). */
  readonly forwardTimeout: boolean;
  /** Which shard it is: for partitioned calls, the same after a reconnect (spec: "Sharded Registration"). */
  readonly shard: string;
  /** Calls it works on now. */
  active = 0;

  constructor(session: Session, options: RegisterOptions) {
    this.session = session;
    this.concurrency = options.concurrency || Number.POSITIVE_INFINITY;
    this.discloseCaller = options.disclose_caller === true;
    this.shard = options.nkey ?? String(session.id);
    this.forwardTimeout = options.forward_timeout === true;
  }

  get busy(): boolean {
    return this.active >= this.concurrency;
  }
}
