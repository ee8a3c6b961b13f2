import type { RegisterOptions } from "@kreuz/codec";
import type { Session } from "../session/session.js";

/** One session on a registration, with the options it registered with. */
export class Callee {
  readonly session: Session;
  /** Calls that it handles at the same time. */
  readonly concurrency: number;
  /** Whether it asks to know who calls (spec: "Caller Identification"). */
  readonly discloseCaller: boolean;
  /** Whether it handles the timeout of calls itself (spec: "Call Timeouts"). */
  readonly forwardTimeout: boolean;
  /** Its shard key for partitioned calls, the same after a reconnect (spec: "Sharded Registration"). */
  readonly shard: string;
  /** Calls that it works on now. */
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
