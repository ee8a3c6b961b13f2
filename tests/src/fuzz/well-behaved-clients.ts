import { checkSame } from "@kreuz/testkit";
import { AUTOBAHN, WAMPY } from "../interop/clients/kinds.js";
import type { Listening, Peer } from "../interop/clients/peer.js";
import type { RouterProcess } from "../support/router-process.js";

const PROCEDURE = "org.example.double";
const TOPIC = "org.example.topic";

/** Real clients that behave, work all the time, and notice whenever the router does not do its part. */
export class Citizens {
  /** One of them, for whatever else is to be asked. */
  readonly spokesman: Peer;
  readonly #work: Promise<readonly number[]>;
  #resting = false;

  static async settle(router: RouterProcess): Promise<Citizens> {
    const callee = await WAMPY[1]!.open(router);
    const callers = [await AUTOBAHN[2]!.open(router), await WAMPY[0]!.open(router)];
    const publisher = await AUTOBAHN[0]!.open(router);
    await callee.register(PROCEDURE, ({ args: [number] }) => ({ args: [(number as number) * 2] }));
    return new Citizens(callers, publisher, await callers[0]!.subscribe(TOPIC));
  }

  private constructor(callers: readonly Peer[], publisher: Peer, listening: Listening) {
    this.spokesman = publisher;
    this.#work = Promise.all([...callers.map((caller) => this.#call(caller)), this.#publish(publisher, listening)]);
    // A failure is for `rest` to report, not for the process.
    this.#work.catch(() => {});
  }

  /** Lets them come to an end. @returns how many answers or events each of them got; fails when one was missing. */
  rest(): Promise<readonly number[]> {
    this.#resting = true;
    return this.#work;
  }

  async #call(caller: Peer): Promise<number> {
    let calls = 0;
    for (; !this.#resting; calls++)
      checkSame((await caller.call(PROCEDURE, { args: [calls] })).args[0], calls * 2, "the result of a call");
    return calls;
  }

  async #publish(publisher: Peer, listening: Listening): Promise<number> {
    let events = 0;
    for (; !this.#resting; events++) {
      await publisher.publish(TOPIC, { args: [events] });
      checkSame((await listening.next()).args[0], events, "the next event");
    }
    return events;
  }
}
