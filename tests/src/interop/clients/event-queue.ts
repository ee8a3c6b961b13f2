import { inTime } from "../../support/wait.js";
import type { Received } from "./peer.js";

/** Keeps the events of a subscription, and returns them one by one. */
export class EventQueue {
  readonly events: Received[] = [];
  #given = 0;
  #arrived: () => void = () => {};

  readonly put = (event: Received): void => {
    this.events.push(event);
    this.#arrived();
  };

  async next(): Promise<Received> {
    const index = this.#given++;
    const arrival = new Promise<void>((resolve) => {
      this.#arrived = () => {
        if (this.events.length > index) resolve();
      };
      this.#arrived();
    });
    await inTime("an event", arrival);
    return this.events[index]!;
  }
}
