import { type Goodbye, type Id, type Message, MessageType as M } from "@kreuz/codec";
import { type WaitOptions, WireSession } from "@kreuz/testkit";

/** The first argument of a call: whether its callee answers it. */
export const ANSWER = "answer";
export const IGNORE = "ignore";

/** A client that may get anything at any time: it answers invocations as they ask, and reads past events and interrupts. */
export class RandomClient extends WireSession {
  /** Drops the connection without closing it first. */
  drop: () => void;
  #leaving = false;

  constructor(patience: WaitOptions) {
    super(patience);
    this.drop = () => this.disconnect();
  }

  override async leave(): Promise<Goodbye> {
    this.#leaving = true;
    const goodbye = await super.leave();
    this.#leaving = false;
    return goodbye;
  }

  override async next(wanted?: string): Promise<Message> {
    for (;;) {
      const message = await super.next(wanted);
      if (message.type === M.INVOCATION) {
        if (message.payload.args?.[0] === ANSWER && !this.#leaving) this.yield(message.request);
      } else if (message.type !== M.EVENT && message.type !== M.INTERRUPT) {
        return message;
      }
    }
  }

  /** Waits for the RESULT or ERROR of a call. */
  async answerTo(request: Id): Promise<void> {
    for (;;) {
      const answer = await this.next("an answer");
      if ((answer.type === M.RESULT || answer.type === M.ERROR) && answer.request === request) return;
    }
  }
}
