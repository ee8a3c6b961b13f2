import { checkSame } from "@kreuz/testkit";
import { AUTOBAHN, WAMPY } from "../interop/clients/kinds.js";
import type { Subscription, Peer } from "../interop/clients/peer.js";
import type { RouterProcess } from "../support/router-process.js";

const PROCEDURE = "org.example.double";
const TOPIC = "org.example.topic";

/** Real clients that call and publish without a pause, and notice when a result or an event is missing. */
export class WellBehavedClients {
  /** One of the clients, for calls to the router. */
  readonly client: Peer;
  readonly #work: Promise<readonly number[]>;
  #stopping = false;

  static async start(router: RouterProcess): Promise<WellBehavedClients> {
    const callee = await WAMPY[1]!.open(router);
    const callers = [await AUTOBAHN[2]!.open(router), await WAMPY[0]!.open(router)];
    const publisher = await AUTOBAHN[0]!.open(router);
    await callee.register(PROCEDURE, ({ args: [number] }) => ({ args: [(number as number) * 2] }));
    return new WellBehavedClients(callers, publisher, await callers[0]!.subscribe(TOPIC));
  }

  private constructor(callers: readonly Peer[], publisher: Peer, subscription: Subscription) {
    this.client = publisher;
    this.#work = Promise.all([...callers.map((caller) => this.#call(caller)), this.#publish(publisher, subscription)]);
    // `stop` reports a failure.
    this.#work.catch(() => {});
  }

  /** Stops them. @returns how many results or events each of them got. Rejects when one was wrong or missing. */
  stop(): Promise<readonly number[]> {
    this.#stopping = true;
    return this.#work;
  }

  async #call(caller: Peer): Promise<number> {
    let calls = 0;
    for (; !this.#stopping; calls++)
      checkSame((await caller.call(PROCEDURE, { args: [calls] })).args[0], calls * 2, "the result of a call");
    return calls;
  }

  async #publish(publisher: Peer, subscription: Subscription): Promise<number> {
    let events = 0;
    for (; !this.#stopping; events++) {
      await publisher.publish(TOPIC, { args: [events] });
      checkSame((await subscription.next()).args[0], events, "the next event");
    }
    return events;
  }
}
