import type { Acceptor, Connection, ConnectionHandler } from "@kreuz/codec";
import { ContractError } from "./contract-case.js";
import { type WaitOptions, waitUntil } from "./wait.js";

/** One end of a connection that only takes notes: every frame, drain and close it was told of. */
export class Endpoint implements Acceptor {
  readonly frames: Uint8Array[] = [];
  drains = 0;
  /** PINGs, PONGs and whatever else the transport counts like a message. */
  controlFrames = 0;
  /** One entry for each time that the budget cut the peer, with what it was told. */
  readonly cuts: string[] = [];
  /** One entry per `onClose`, with the error it came with. More than one is a bug in the transport. */
  readonly closes: (Error | undefined)[] = [];
  /** Called with each frame after it was noted. */
  reaction: (frame: Uint8Array) => void = () => {};
  /** Called with each drain after it was noted. */
  drainReaction: () => void = () => {};
  /** Called with each close after it was noted. */
  closeReaction: (error: Error | undefined) => void = () => {};
  /** Called within `accept`, before it returns the handler. */
  acceptReaction: (connection: Connection) => void = () => {};
  readonly #waitOptions: WaitOptions;
  #connection: Connection | undefined;

  constructor(waitOptions: WaitOptions = {}) {
    this.#waitOptions = waitOptions;
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new ContractError("the transport did not call accept()");
    return this.#connection;
  }

  /** The frames as text, which reads better in a failure. */
  get texts(): readonly string[] {
    return this.frames.map((frame) => new TextDecoder().decode(frame));
  }

  accept(connection: Connection): ConnectionHandler {
    if (this.#connection !== undefined) throw new ContractError("accept() was called twice");
    this.#connection = connection;
    this.acceptReaction(connection);
    return {
      onFrame: (frame) => {
        this.frames.push(frame);
        this.reaction(frame);
      },
      onDrain: () => {
        this.drains++;
        this.drainReaction();
      },
      onControlFrame: () => void this.controlFrames++,
      onCut: ({ message }) => void this.cuts.push(message),
      onClose: (error) => {
        this.closes.push(error);
        this.closeReaction(error);
      },
    };
  }

  /** Queues a text as one frame. */
  send(text: string): boolean {
    return this.connection.send(new TextEncoder().encode(text));
  }

  /** Waits until `ready`. `wanted` completes the sentence "waited in vain for …". */
  async until(wanted: string, ready: () => boolean): Promise<void> {
    if (!(await waitUntil(ready, this.#waitOptions)))
      throw new ContractError(
        `waited in vain for ${wanted}; so far ${this.frames.length} frames, ${this.drains} drains, ${this.closes.length} closes`,
      );
  }

  /** Waits until `count` frames have arrived. */
  arrived(count: number): Promise<void> {
    return this.until(`${count} frames`, () => this.frames.length >= count);
  }

  /** Waits for the end of the connection and gives the error it came with. */
  async closed(): Promise<Error | undefined> {
    await this.until("the connection to close", () => this.closes.length > 0);
    return this.closes[0];
  }
}
