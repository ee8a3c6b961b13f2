import { type Goodbye, type Id, type Message, MessageType as M } from "@kreuz/codec";
import { type WaitOptions, WireSession } from "@kreuz/testkit";

/** In a call's first argument: whoever gets it answers it, or does not. */
export const ANSWER = "answer";
export const IGNORE = "ignore";

/** A session that answers what it is called for, and reads past the events that others cause. */
export class Wanderer extends WireSession {
  /** Cuts the connection without a word. */
  vanish: () => void;
  #leaving = false;

  constructor(waitOptions: WaitOptions) {
    super(waitOptions);
    this.vanish = () => this.disconnect();
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

  /** Waits for the final answer to a call, whichever it is. */
  async answerTo(request: Id): Promise<void> {
    for (;;) {
      const answer = await this.next("an answer");
      if ((answer.type === M.RESULT || answer.type === M.ERROR) && answer.request === request) return;
    }
  }
}
