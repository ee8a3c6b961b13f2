// Calls across two nodes without a pause, while something fails: who is answered how often, and after how long.
import { type ErrorMessage, type Id, type Message, MessageType as M } from "@kreuz/codec";
import { WireSession } from "@kreuz/testkit";

const IN_FLIGHT = 128;
/** What failed is tried again so much later, as clients do. */
const RETRY_MS = 20;
const PROCEDURE = "com.example.echo";

interface Sent {
  readonly at: number;
  answers: number;
}

/** A session that hands on what it receives instead of keeping it. */
class Listening extends WireSession {
  listener: ((message: Message) => void) | undefined;

  override accept(connection: Parameters<WireSession["accept"]>[0]): ReturnType<WireSession["accept"]> {
    const handler = super.accept(connection);
    return {
      ...handler,
      onFrame: (frame) => {
        if (this.listener === undefined) handler.onFrame(frame);
        else this.listener(connection.codec.decode(frame));
      },
    };
  }
}

/** What became of the calls. Times are milliseconds. */
export interface StormOutcome {
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly twice: number;
  readonly never: number;
  /** From CALL to ERROR. */
  readonly longestError: number;
  /** Of the timers of this process. */
  readonly lateness: number;
  readonly errors: readonly string[];
}

/** How late timers of this process are: what the machine adds to all times. */
export class Lateness {
  #most = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#watch();
  }

  /** @returns the most in milliseconds. */
  stop(): number {
    clearTimeout(this.#timer);
    return Math.round(this.#most);
  }

  #watch(): void {
    const due = performance.now() + 50;
    this.#timer = setTimeout(() => {
      this.#most = Math.max(this.#most, performance.now() - due);
      this.#watch();
    }, 50);
  }
}

/** A caller that keeps 128 calls in flight, and a callee that answers them. */
export class CallStorm {
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly #calls = new Map<Id, Sent>();
  readonly #errors = new Set<string>();
  #succeeded = 0;
  #failed = 0;
  #longestError = 0;
  #running = true;
  readonly #lateness = new Lateness();

  /** @param join - joins a client as the caller, or as the callee. */
  static async start(join: (who: "caller" | "callee", client: WireSession) => Promise<unknown>): Promise<CallStorm> {
    const [caller, callee] = [new Listening({ turns: 30_000 }), new Listening({ turns: 30_000 })];
    await join("caller", caller);
    await join("callee", callee);
    await callee.register(PROCEDURE);
    return new CallStorm(caller, callee);
  }

  private constructor(caller: Listening, callee: Listening) {
    this.caller = caller;
    this.callee = callee;
    callee.listener = (message) => {
      if (message.type === M.INVOCATION) callee.yield(message.request, message.payload);
    };
    caller.listener = (message) => {
      if (message.type === M.RESULT) this.#answered(message.request, undefined);
      else if (message.type === M.ERROR) this.#answered(message.request, message);
    };
    for (let call = 0; call < IN_FLIGHT; call++) this.#call();
  }

  /** Calls that succeeded so far. */
  get succeeded(): number {
    return this.#succeeded;
  }

  /** Sends no more, and waits for what is in flight. */
  async stop(patience: number): Promise<StormOutcome> {
    this.#running = false;
    const open = (): number => [...this.#calls.values()].filter(({ answers }) => answers === 0).length;
    for (let left = patience; left > 0 && open() > 0; left -= 20)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return {
      sent: this.#calls.size,
      succeeded: this.#succeeded,
      failed: this.#failed,
      twice: [...this.#calls.values()].filter(({ answers }) => answers > 1).length,
      never: open(),
      longestError: Math.round(this.#longestError),
      lateness: this.#lateness.stop(),
      errors: [...this.#errors].toSorted(),
    };
  }

  #call(): void {
    if (!this.#running) return;
    const request = this.caller.sendCall(PROCEDURE, { args: ["x".repeat(48)] });
    this.#calls.set(request, { at: performance.now(), answers: 0 });
  }

  #answered(request: Id, error: ErrorMessage | undefined): void {
    const call = this.#calls.get(request)!;
    if (++call.answers > 1) return;
    if (error === undefined) {
      this.#succeeded++;
      this.#call();
      return;
    }
    this.#failed++;
    this.#errors.add(error.error);
    this.#longestError = Math.max(this.#longestError, performance.now() - call.at);
    setTimeout(() => this.#call(), RETRY_MS);
  }
}
