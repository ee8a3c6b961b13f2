// What a client knows of its calls and of the work that it has, for scenarios in which anything may happen.
import { MessageType as M, type Id } from "@kreuz/codec";
import { check, type WireSession } from "@kreuz/testkit";

/** The calls, the work and the registrations of one session. */
export class CallerBook {
  /** Calls without a final answer. */
  readonly open: Set<Id> = new Set();
  /** INVOCATIONs that it may answer. */
  readonly work: Set<Id> = new Set();
  readonly registrations: Set<Id> = new Set();
  #lastInvocation: Id = 0;

  /** Reads what has come. Every answer must be for a call that has none yet. */
  async read(client: WireSession): Promise<void> {
    while (client.unread.length > 0) {
      const message = await client.next();
      switch (message.type) {
        case M.RESULT:
          check(this.open.has(message.request), `a RESULT for call ${message.request}, which was answered already`);
          if (message.details.progress !== true) this.open.delete(message.request);
          break;
        case M.ERROR:
          if (message.requestType !== M.CALL) break;
          check(this.open.has(message.request), `an ERROR for call ${message.request}, which was answered already`);
          this.open.delete(message.request);
          break;
        case M.INVOCATION:
          check(message.request === ++this.#lastInvocation, `INVOCATION ${message.request} is out of sequence`);
          this.work.add(message.request);
          break;
        case M.REGISTERED:
          this.registrations.add(message.registration);
          break;
        case M.INTERRUPT:
          check(message.request <= this.#lastInvocation, `INTERRUPT for ${message.request}, which was never sent`);
          if (message.options.mode !== "kill") this.work.delete(message.request);
          break;
        default:
          check(message.type === M.UNREGISTERED, `an unexpected message of type ${message.type}`);
      }
    }
  }
}
