import {
  type Acceptor,
  type Connection,
  type ConnectionHandler,
  type Message,
  messageName,
  type MessageType,
} from "@kreuz/codec";
import { ContractError } from "./contract-case.js";
import { describeMessage } from "./describe-message.js";
import { Mailbox } from "./mailbox.js";
import { type Patience, settle, waitUntil } from "./wait.js";

/** The message of one type. */
export type MessageOf<T extends MessageType> = Extract<Message, { readonly type: T }>;

/**
 * A scripted peer that speaks WAMP message by message over any transport, and knows nothing better: it sends what it is
 * told to, wrong or right, and queues what comes. Pass it to a transport as the `Acceptor` of the client's side.
 */
export class WireClient implements Acceptor {
  /** Every frame that has arrived, as bytes. */
  readonly frames: Uint8Array[] = [];
  readonly #patience: Patience;
  readonly #inbox: Mailbox<Message | Error>;
  #connection: Connection | undefined;
  #closed: { readonly error: Error | undefined } | undefined;

  constructor(patience: Patience = {}) {
    this.#patience = patience;
    this.#inbox = new Mailbox(patience);
  }

  accept(connection: Connection): ConnectionHandler {
    if (this.#connection !== undefined) throw new ContractError("a WireClient has one connection");
    this.#connection = connection;
    return {
      onFrame: (frame) => this.#onFrame(connection, frame),
      onDrain: () => {},
      onClose: (error) => {
        this.#closed = { error };
        this.#inbox.end(new Error(`the connection closed${error === undefined ? "" : `: ${error.message}`}`));
      },
    };
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new ContractError("the WireClient is not connected yet");
    return this.#connection;
  }

  /** True once the connection has ended. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** The error that the connection ended with, if any. */
  get closeError(): Error | undefined {
    return this.#closed?.error;
  }

  /** Messages that have arrived and were not read by {@link next} or {@link expect}; an Error where a frame was no message. */
  get unread(): readonly (Message | Error)[] {
    return this.#inbox.items;
  }

  /** Sends any message, unchecked. */
  send(message: Message): void {
    this.sendFrame(this.connection.codec.encode(message));
  }

  /** Sends raw bytes as one frame. */
  sendFrame(frame: Uint8Array): void {
    this.connection.send(frame);
  }

  /** The next message, whatever it is. Fails when the connection closes first or nothing comes. */
  next(wanted = "a message"): Promise<Message> {
    return this.#inbox.take(wanted).then((message) => {
      if (message instanceof Error)
        throw new ContractError(`waited for ${wanted}, got a bad frame: ${message.message}`);
      return message;
    });
  }

  /** The next message, which must be of type `type`. */
  async expect<T extends MessageType>(type: T): Promise<MessageOf<T>> {
    const wanted = messageName(type) ?? String(type);
    const message = await this.next(wanted);
    if (message.type !== type) throw new ContractError(`waited for ${wanted}, got ${describeMessage(message)}`);
    return message as MessageOf<T>;
  }

  /** Fails if a message is there, or comes within `turns` turns of the event loop. */
  async expectNothing(turns = 5): Promise<void> {
    await settle(turns, this.#patience);
    const [first] = this.unread;
    if (first !== undefined)
      throw new ContractError(
        `expected silence, got ${first instanceof Error ? first.message : describeMessage(first)}`,
      );
  }

  /** Waits for the end of the connection and gives the error it came with. Unread messages stay readable. */
  async expectClosed(): Promise<Error | undefined> {
    if (!(await waitUntil(() => this.closed, this.#patience))) {
      const unread = this.unread.map((item) => (item instanceof Error ? item.message : describeMessage(item)));
      throw new ContractError(`waited in vain for the connection to close; unread: ${unread.join(", ") || "nothing"}`);
    }
    return this.closeError;
  }

  /** Closes the transport without a word of WAMP. */
  disconnect(): void {
    this.connection.close();
  }

  #onFrame(connection: Connection, frame: Uint8Array): void {
    this.frames.push(frame);
    try {
      this.#inbox.push(connection.codec.decode(frame));
    } catch (error) {
      this.#inbox.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
