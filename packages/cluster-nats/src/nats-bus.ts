import type { Bus, BusHandler, NodeId } from "@kreuz/cluster";
import type { Logger } from "@kreuz/router";
import type { Msg, NatsConnection } from "@nats-io/transport-node";

export interface NatsBusOptions {
  readonly cluster: string;
  readonly node: NodeId;
  readonly servers: readonly string[];
  readonly logger: Logger;
  /** Called when the bus is closed. */
  readonly release: () => Promise<void>;
}

/** Room for the subject, the reply subject and the protocol of NATS, which count to its limit. */
const RESERVED_BYTES = 1024;
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;

/**
 * A bus over NATS core messages. A node has one subject for each sender, `kz.<cluster>.n.<to>.<from>`, so that the server can
 * be told who may send as whom; `kz.<cluster>.all.<from>` reaches all nodes.
 */
export class NatsBus implements Bus {
  readonly maxBytes: number;
  readonly #connection: NatsConnection;
  readonly #options: NatsBusOptions;
  readonly #prefix: string;
  #handler: BusHandler | undefined;
  #connected = true;

  constructor(connection: NatsConnection, options: NatsBusOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#prefix = `kz.${options.cluster}`;
    this.maxBytes = (connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - RESERVED_BYTES;
  }

  async open(handler: BusHandler): Promise<void> {
    this.#handler = handler;
    const { node } = this.#options;
    const callback = (error: Error | null, message: Msg): void => this.#received(error, message);
    this.#connection.subscribe(`${this.#prefix}.n.${node}.*`, { callback });
    this.#connection.subscribe(`${this.#prefix}.all.*`, { callback });
    // The subscriptions are there before others are told of this node.
    await this.#connection.flush();
    void this.#watch();
    handler.onState(true);
  }

  send(to: NodeId, message: Uint8Array): void {
    if (!this.#connected) return;
    const { node } = this.#options;
    // Nobody there: the server says so, to the subject on which that node would have answered.
    this.#publish(`${this.#prefix}.n.${to}.${node}`, message, { reply: `${this.#prefix}.n.${node}.${to}` });
  }

  broadcast(message: Uint8Array): void {
    if (this.#connected) this.#publish(`${this.#prefix}.all.${this.#options.node}`, message, {});
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    this.#connected = false;
    if (!this.#connection.isClosed()) await this.#connection.flush().catch(() => {});
    await this.#options.release();
  }

  /** The client keeps what it is given until the end of the turn, so it gets a copy. */
  #publish(subject: string, message: Uint8Array, options: { reply?: string }): void {
    try {
      this.#connection.publish(subject, new Uint8Array(message), options);
    } catch (error) {
      this.#options.logger.debug({ error }, "a message was not sent: the connection to NATS is closing");
    }
  }

  #received(error: Error | null, message: Msg): void {
    if (error !== null) return void this.#options.logger.error({ error }, "a subscription at NATS failed");
    const { subject } = message;
    const from = subject.slice(subject.lastIndexOf(".") + 1);
    if (message.data.length === 0 && message.headers?.code === 503) this.#handler?.onUnreachable(from);
    else this.#handler?.onMessage(from, message.data);
  }

  async #watch(): Promise<void> {
    const { logger, servers } = this.#options;
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect" || type === "staleConnection") this.#state(false);
      else if (type === "reconnect") this.#state(true);
    }
    if (this.#handler === undefined) return;
    this.#state(false);
    const error = await this.#connection.closed();
    logger.error(
      { error, servers },
      "the connection to NATS was closed for good: check credentials and permissions, then restart this node",
    );
  }

  #state(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    const { logger, servers, node } = this.#options;
    if (connected) logger.info({ node }, "connected to NATS again");
    else logger.warn({ node, servers }, "the connection to NATS was lost; it is tried again all the time");
    this.#handler?.onState(connected);
  }
}
