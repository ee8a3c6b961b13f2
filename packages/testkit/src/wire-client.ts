import {
  type Acceptor,
  type Connection,
  type ConnectionHandler,
  type Message,
  messageName,
  type MessageType,
} from "@kreuz/codec";
import { ContractError, describeMessage } from "./contract-case.js";
import { Mailbox } from "./mailbox.js";
import { settle, type WaitOptions, waitUntil } from "./wait.js";

/** The message type for a message code. */
export type MessageOf<T extends MessageType> = Extract<Message, { readonly type: T }>;

/**
 * A scripted WAMP client over any transport: it sends any message it is told to, valid or not, and queues what it
 * receives. Pass it to a transport as the `Acceptor` on the client's side.
 */
export class WireClient implements Acceptor {
  /** Every received frame. */
  readonly frames: Uint8Array[] = [];
  readonly #waitOptions: WaitOptions;
  readonly #inbox: Mailbox<Message | Error>;
  #connection: Connection | undefined;
  #closed: { readonly error: Error | undefined } | undefined;

  constructor(waitOptions: WaitOptions = {}) {
    this.#waitOptions = waitOptions;
    this.#inbox = new Mailbox(waitOptions);
  }

  accept(connection: Connection): ConnectionHandler {
    if (this.#connection !== undefined)
      throw new ContractError("the WireClient has a connection already; create one client per connection");
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
    if (this.#connection === undefined)
      throw new ContractError("the WireClient is not connected; pass it to a transport first");
    return this.#connection;
  }

  /** Whether the connection has closed. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** The error that the connection closed with, if any. */
  get closeError(): Error | undefined {
    return this.#closed?.error;
  }

  /** Received messages that {@link next} and {@link expect} have not read; an Error for a frame that is not a message. */
  get unread(): readonly (Message | Error)[] {
    return this.#inbox.items;
  }

  /** Sends a message without checking it. */
  send(message: Message): void {
    this.sendFrame(this.connection.codec.encode(message));
  }

  /** Sends bytes as one frame. */
  sendFrame(frame: Uint8Array): void {
    this.connection.send(frame);
  }

  /**
   * Reads the next message of any type.
   *
   * @param wanted - what the error says that the test waited for.
   * @throws if the connection closes first, or nothing arrives within the wait options.
   */
  next(wanted = "a message"): Promise<Message> {
    return this.#inbox.take(wanted).then((message) => {
      if (message instanceof Error)
        throw new ContractError(`waited for ${wanted}, got a frame that is not a message: ${message.message}`);
      return message;
    });
  }

  /**
   * Reads the next message for which `isWanted` returns true. The others stay unread, in their order.
   *
   * @param wanted - what the error says that the test waited for.
   * @throws if the connection closes first, or no such message arrives within the wait options.
   */
  async find(wanted: string, isWanted: (message: Message) => boolean): Promise<Message> {
    try {
      return (await this.#inbox.take(wanted, (item) => !(item instanceof Error) && isWanted(item))) as Message;
    } catch (error) {
      if (this.unread.length === 0 || !(error instanceof Error)) throw error;
      throw new ContractError(`${error.message}; unread messages: ${this.#describeUnread()}`);
    }
  }

  /**
   * Reads the next message and checks its type.
   *
   * @throws ContractError if it has another type, and as {@link next} does.
   */
  async expect<T extends MessageType>(type: T): Promise<MessageOf<T>> {
    const wanted = messageName(type) ?? String(type);
    const message = await this.next(wanted);
    if (message.type !== type) throw new ContractError(`waited for ${wanted}, got ${describeMessage(message)}`);
    return message as MessageOf<T>;
  }

  /** @throws ContractError if a message is unread or arrives within `turns` turns of the event loop. */
  async expectNothing(turns = 5): Promise<void> {
    await settle(turns, this.#waitOptions);
    const [first] = this.unread;
    if (first !== undefined)
      throw new ContractError(
        `expected no message, got ${first instanceof Error ? first.message : describeMessage(first)}`,
      );
  }

  /** Waits until the connection closes. Unread messages stay readable. @returns the error that it closed with, if any. */
  async expectClosed(): Promise<Error | undefined> {
    if (!(await waitUntil(() => this.closed, this.#waitOptions)))
      throw new ContractError(`the connection did not close; unread messages: ${this.#describeUnread() || "none"}`);
    return this.closeError;
  }

  /** Closes the transport without a GOODBYE. */
  disconnect(): void {
    this.connection.close();
  }

  #describeUnread(): string {
    return this.unread.map((item) => (item instanceof Error ? item.message : describeMessage(item))).join(", ");
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
