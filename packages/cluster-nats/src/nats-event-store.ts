import { createHash } from "node:crypto";
import { ErrorUri, WampError, type Id, type Uri } from "@kreuz/codec";
import type {
  EventRange,
  EventStore,
  EventStoreLimits,
  KeptEvent,
  StoredEvent,
  StoreRealm,
} from "@kreuz/event-history";
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { decodeRecord, encodeRecord } from "./event-record.js";
import { TooFewServersError } from "./jetstream-errors.js";
import { StreamReader, type StreamMessage } from "./stream-reader.js";

export interface NatsEventStoreOptions {
  /** Name of the stream. */
  readonly stream: string;
  /** What its subjects start with. */
  readonly subjects: string;
  readonly servers: readonly string[];
  readonly replicas: number;
  readonly limits: EventStoreLimits;
  readonly realm: StoreRealm;
}

/** How long the server may take to store an event, in milliseconds. */
const PATIENCE = 5000;
/** After new events, it is counted so much later what was dropped for them, in milliseconds. */
const COUNT_LATER = 1000;
/** JetStream: the stream is there already, with other settings. */
const STREAM_EXISTS = 10058;

/** What a look at the stream says. */
type Extent = { readonly first_seq: number; readonly last_seq: number };

/**
 * Stores events in a stream: its sequence numbers are their positions. Events have one subject each,
 * `<prefix>.<hash of topic>.<publication>`, so that the server finds those of a topic, and one by its publication.
 */
export class NatsEventStore implements EventStore {
  readonly shared = true;
  readonly #connection: NatsConnection;
  readonly #options: NatsEventStoreOptions;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #reader: StreamReader;
  /** Settles with the last event that was appended: the server answers in order. */
  #last: Promise<unknown> = Promise.resolve();
  #connected = true;
  /** What this router appended since the stream was looked at. */
  #appended = 0;
  #seen: Extent = { first_seq: 1, last_seq: 0 };
  /** The part of dropped events that falls to this router, as far as it is not counted. */
  #uncounted = 0;
  #looking: (() => void) | undefined;
  #unreadable = 0;

  private constructor(connection: NatsConnection, manager: JetStreamManager, options: NatsEventStoreOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#manager = manager;
    this.#client = jetstream(connection, { timeout: PATIENCE });
    this.#reader = new StreamReader(this.#client, manager, options.stream);
    void this.#watch();
  }

  /** Makes the stream, or gives it other limits. The store ends the connection. */
  static async open(connection: NatsConnection, options: NatsEventStoreOptions): Promise<NatsEventStore> {
    const store = new NatsEventStore(connection, await jetstreamManager(connection, { timeout: PATIENCE }), options);
    await store.#makeStream();
    return store;
  }

  append(event: KeptEvent): Promise<void> {
    const stored = this.#append(event);
    this.#last = stored.catch(() => {});
    return stored;
  }

  async #append(event: KeptEvent): Promise<void> {
    // The client would keep it, and store it after the publisher was told that it is not.
    this.#checkConnection();
    const record = encodeRecord(event);
    const most = this.#connection.info?.max_payload ?? Infinity;
    if (record.length > most)
      throw new Error(`the event takes ${record.length} bytes, NATS ${most} at most; raise its max_payload`);
    try {
      await this.#client.publish(this.#subject(topicKey(event.topic), String(event.publication)), record);
    } catch (error) {
      void this.#repair();
      throw error;
    }
    this.#appended++;
    this.#looking ??= this.#options.realm.clock.schedule(COUNT_LATER, () => {
      this.#looking = undefined;
      void this.#extent().catch(() => {});
    });
  }

  async position(publication: Id): Promise<number | undefined> {
    await this.#last;
    const query = { last_by_subj: this.#subject("*", String(publication)) };
    const message = await this.#ask(() => this.#manager.streams.getMessage(this.#options.stream, query));
    return message?.seq;
  }

  async *read({ uri, match, first, last, reverse }: EventRange): AsyncGenerator<StoredEvent, void> {
    await this.#last;
    const { first_seq, last_seq } = await this.#ask(() => this.#extent());
    const range = {
      first: Math.max(first, first_seq),
      last: Math.min(last, last_seq),
      subject: this.#subject(match === "exact" ? topicKey(uri) : "*", "*"),
    };
    const messages = reverse ? this.#reader.backward(range) : this.#reader.forward(range);
    try {
      for (;;) {
        const { done, value } = await this.#ask(() => messages.next());
        if (done === true) return;
        const event = this.#decode(value);
        if (event !== undefined) yield event;
      }
    } finally {
      await messages.return();
    }
  }

  async close(): Promise<void> {
    await this.#last;
    this.#looking?.();
    await this.#connection.close();
  }

  #subject(topic: string, publication: string): string {
    return `${this.#options.subjects}.${topic}.${publication}`;
  }

  /** @throws WampError that the reader gets. */
  async #ask<T>(action: () => Promise<T>): Promise<T> {
    try {
      this.#checkConnection();
      return await action();
    } catch (error) {
      const { realm } = this.#options;
      realm.logger.warn({ error, realm: realm.uri }, "event history: NATS did not answer a query");
      throw new WampError(ErrorUri.UNAVAILABLE, "the history cannot be read now; try again later");
    }
  }

  #checkConnection(): void {
    if (!this.#connected) throw new Error(`no connection to NATS (${this.#options.servers.join(", ")})`);
  }

  /** A record of a later version is left out: this router may not have been upgraded yet. */
  #decode({ seq, data }: StreamMessage): StoredEvent | undefined {
    try {
      return decodeRecord(data);
    } catch (error) {
      if (this.#unreadable++ === 0)
        this.#options.realm.logger.error(
          { error, stream: this.#options.stream, position: seq },
          "event history: a stored event cannot be read and is left out of results; further ones are left out without a line",
        );
      return undefined;
    }
  }

  async #makeStream(): Promise<void> {
    const { stream, subjects, replicas, limits, realm } = this.#options;
    const settings = {
      description: `Kreuz event history of realm ${realm.uri}`.slice(0, 200),
      subjects: [`${subjects}.*.*`],
      max_msgs: limits.maxEvents,
      max_bytes: limits.maxBytes,
      num_replicas: replicas,
    };
    const { streams } = this.#manager;
    const { state } = await streams
      .add({ name: stream, storage: "file", retention: "limits", discard: "old", ...settings })
      .catch((error: { readonly code?: unknown }) => {
        if (error.code !== STREAM_EXISTS) throw error;
        return streams.update(stream, settings);
      })
      .catch((error: unknown) => {
        throw TooFewServersError.insteadOf(error, replicas);
      });
    this.#seen = state;
  }

  /** The server may have lost the stream. */
  async #repair(): Promise<void> {
    if (this.#connected) await this.#makeStream().catch(() => {});
  }

  /** Looks where the stream begins and ends, and counts what was dropped: each router counts a part of it. */
  async #extent(): Promise<Extent> {
    const { state } = await this.#manager.streams.info(this.#options.stream);
    const [before, own] = [this.#seen, this.#appended];
    this.#seen = state;
    this.#appended = 0;
    const appended = state.last_seq - before.last_seq;
    // An empty stream begins at 0 or 1.
    const dropped = Math.max(0, state.first_seq - Math.max(1, before.first_seq));
    if (appended > 0) this.#uncounted += (dropped * Math.min(own, appended)) / appended;
    this.#count();
    return state;
  }

  #count(): void {
    for (; this.#uncounted >= 1; this.#uncounted--) this.#options.realm.metrics.count("limit_event_history");
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect" || type === "staleConnection") this.#connected = false;
      else if (type === "reconnect") this.#connected = true;
    }
    this.#connected = false;
  }
}

/** Subjects may not have all the characters of topics. */
function topicKey(topic: Uri): string {
  return createHash("sha256").update(topic).digest("hex").slice(0, 24);
}
