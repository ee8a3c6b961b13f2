import type { Bus, BusHandler, Referee } from "@kreuz/cluster";
import type { Message } from "@kreuz/codec";
import { WireSession } from "@kreuz/testkit";

/** So many turns of the event loop without a message, and nothing more is gathered to be sent. */
const STILL_TURNS = 3;
/** So many, and what is still on the way is lost: its node was closed. */
const LOST_TURNS = 100;

/** Knows what is on its way between the nodes of one process. */
export class Traffic {
  #onTheWay = 0;
  #moves = 0;

  /** Waits until nothing is on its way: what was done at one node is known at the other. */
  async quiet(): Promise<void> {
    for (let still = 0, seen = this.#moves; still < (this.#onTheWay > 0 ? LOST_TURNS : STILL_TURNS); still++) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#moves !== seen) still = -1;
      seen = this.#moves;
    }
    this.#onTheWay = 0;
  }

  #move(by: 1 | -1): void {
    this.#onTheWay += by;
    this.#moves++;
  }

  /** Counts what a bus carries. Of two nodes, each has one other. */
  bus(bus: Bus): Bus {
    const handled = (handler: BusHandler): BusHandler => ({
      onMessage: (from, message) => {
        this.#move(-1);
        handler.onMessage(from, message);
      },
      onState: (connected) => handler.onState(connected),
      onUnreachable: (node) => handler.onUnreachable(node),
    });
    return {
      maxBytes: bus.maxBytes,
      open: (handler) => bus.open(handled(handler)),
      send: (to, message) => {
        this.#move(1);
        bus.send(to, message);
      },
      broadcast: (message) => {
        this.#move(1);
        bus.broadcast(message);
      },
      close: () => bus.close(),
    };
  }

  /** Counts what a referee is asked. */
  referee(referee: Referee): Referee {
    const counted = async <T>(answer: Promise<T>): Promise<T> => {
      this.#move(1);
      return answer.finally(() => this.#move(-1));
    };
    return {
      read: (key) => counted(referee.read(key)),
      write: (key, value, expected) => counted(referee.write(key, value, expected)),
      keys: (prefix) => referee.keys(prefix),
      close: () => referee.close(),
    };
  }
}

/** A client that goes on with its test when all nodes know what it was answered. */
export class QuietSession extends WireSession {
  readonly #traffic: Traffic;

  constructor(traffic: Traffic) {
    super();
    this.#traffic = traffic;
  }

  override async next(wanted?: string): Promise<Message> {
    const message = await super.next(wanted);
    await this.#traffic.quiet();
    return message;
  }

  override async find(wanted: string, isWanted: (message: Message) => boolean): Promise<Message> {
    const message = await super.find(wanted, isWanted);
    await this.#traffic.quiet();
    return message;
  }
}
