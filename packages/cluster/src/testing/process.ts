import type { Clock } from "@kreuz/codec";
import type { Bus, BusHandler } from "../bus.js";
import type { Referee } from "../referee.js";

/** A simulated process: it can stand still, as after SIGSTOP, and be killed. Its clock and its bus go through it. */
export class SimulatedProcess {
  readonly clock: Clock;
  readonly #timers: Array<() => void> = [];
  readonly #messages: Array<() => void> = [];
  #paused = false;
  #dead = false;

  constructor(clock: Clock) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (delay, callback) => {
        let active = true;
        const cancel = clock.schedule(delay, () => this.#run(() => active && callback(), this.#timers));
        return () => {
          active = false;
          cancel();
        };
      },
    };
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  /** Goes on, first with the timers that are due, as an event loop does, then with what came in meanwhile. */
  resume(): void {
    this.#paused = false;
    for (const action of [...this.#timers.splice(0), ...this.#messages.splice(0)]) this.#run(action, this.#messages);
  }

  kill(): void {
    this.#dead = true;
    this.#timers.length = this.#messages.length = 0;
  }

  /** The bus as this process has it: nothing comes in while it stands still, nothing goes out once it is dead. */
  bus(bus: Bus): Bus {
    const through = (handler: BusHandler): BusHandler => ({
      onMessage: (from, message) => this.#run(() => handler.onMessage(from, message), this.#messages),
      onState: (connected) => this.#run(() => handler.onState(connected), this.#messages),
      onUnreachable: (node) => this.#run(() => handler.onUnreachable(node), this.#messages),
    });
    return {
      maxBytes: bus.maxBytes,
      open: (handler) => bus.open(through(handler)),
      send: (to, message) => !this.#dead && bus.send(to, message),
      broadcast: (message) => !this.#dead && bus.broadcast(message),
      close: () => bus.close(),
    };
  }

  /** The referee as this process has it. A dead process asks and hears nothing any more. */
  referee(referee: Referee): Referee {
    const through = <T>(ask: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        if (this.#dead) return;
        ask().then(
          (value) => this.#run(() => resolve(value), this.#messages),
          (error: unknown) => this.#run(() => reject(error as Error), this.#messages),
        );
      });
    return {
      read: (key) => through(() => referee.read(key)),
      write: (key, value, expected) => through(() => referee.write(key, value, expected)),
      keys: (prefix) => referee.keys(prefix),
      close: () => referee.close(),
    };
  }

  #run(action: () => void, waiting: Array<() => void>): void {
    if (this.#dead) return;
    if (this.#paused) waiting.push(action);
    else action();
  }
}
