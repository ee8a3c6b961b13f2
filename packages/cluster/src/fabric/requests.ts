import { ErrorUri, WampError, type Clock } from "@kreuz/codec";
import type { NodeId } from "../bus.js";
import { writeDict } from "../wire/values.js";
import { FrameType } from "./frames.js";
import type { RealmChannel } from "./realm-channel.js";

/** How long an answer of another node is waited for, in milliseconds. */
const PATIENCE = 5000;

interface Waiting {
  readonly node: NodeId;
  readonly answer: (value: unknown) => void;
  readonly fail: (error: WampError) => void;
}

/** Questions to other nodes that wait for their answers. */
export class Requests {
  readonly #clock: Clock;
  readonly #channel: RealmChannel;
  readonly #waiting = new Map<number, Waiting>();
  #lastNumber = 0;

  constructor(clock: Clock, channel: RealmChannel) {
    this.#clock = clock;
    this.#channel = channel;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns the answer. Rejects with `wamp.error.network_failure` when the node is lost, or does not answer in time. */
  ask(node: NodeId, question: string, body: object): Promise<unknown> {
    const number = ++this.#lastNumber;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.schedule(PATIENCE, () =>
        this.#fail(number, `node "${node}" did not answer within 5 s`),
      );
      const end = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          cancel();
          this.#waiting.delete(number);
          settle(value);
        };
      };
      this.#waiting.set(number, { node, answer: end(resolve), fail: end(reject) });
      const sent = this.#channel.sendTo(node, FrameType.ASK, "necessary", (to) => {
        to.number(number);
        to.text(question);
        writeDict(to, body);
      });
      if (!sent) this.#fail(number, `node "${node}" cannot be reached`);
    });
  }

  answered(node: NodeId, number: number, value: unknown): void {
    const waiting = this.#waiting.get(number);
    if (waiting?.node === node) waiting.answer(value);
  }

  /** The link to a node was lost. */
  lost(node: NodeId): void {
    for (const [number, waiting] of [...this.#waiting])
      if (waiting.node === node) this.#fail(number, `node "${node}" was lost before it answered`);
  }

  #fail(number: number, message: string): void {
    this.#waiting.get(number)?.fail(new WampError(ErrorUri.NETWORK_FAILURE, message));
  }
}
