import type { Referee, Revision, Versioned } from "@kreuz/cluster";
import type { Logger } from "@kreuz/router";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { Kvm, type KV } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { codeOf, TooFewServersError } from "./jetstream-errors.js";

export interface NatsRefereeOptions {
  readonly bucket: string;
  readonly replicas: number;
  readonly logger: Logger;
  /** Called when the referee is closed. */
  readonly release: () => Promise<void>;
}

/**
 * How long an answer is waited for, in milliseconds: what is asked while the servers elect a leader is lost, and asked again by whoever
 * needs it.
 */
const ANSWER_MS = 1500;
/** JetStream: the expected revision was not the last one. */
const WRONG_REVISION = 10071;
/** JetStream: the stream of the bucket is not there (any more). */
const NO_STREAM = 10059;

/** A referee over one bucket of NATS's key-value store: compare and set by the revision of one key. */
export class NatsReferee implements Referee {
  readonly #client: JetStreamClient;
  readonly #options: NatsRefereeOptions;
  #bucket: Promise<KV> | undefined;

  constructor(connection: NatsConnection, options: NatsRefereeOptions) {
    this.#client = jetstream(connection, { timeout: ANSWER_MS });
    this.#options = options;
  }

  read(key: string): Promise<Versioned | undefined> {
    return this.#use(async (bucket) => {
      const entry = await bucket.get(key);
      if (entry === null || entry.operation !== "PUT") return undefined;
      return { value: entry.value, revision: String(entry.revision) };
    });
  }

  async write(
    key: string,
    value: Uint8Array | undefined,
    expected: Revision | "absent",
  ): Promise<Revision | "conflict"> {
    try {
      return await this.#use((bucket) => this.#write(bucket, key, value, expected));
    } catch (error) {
      if (codeOf(error) === WRONG_REVISION) return "conflict";
      throw error;
    }
  }

  async *keys(prefix: string): AsyncIterable<string> {
    yield* await this.#use((bucket) => bucket.keys(`${prefix}.>`));
  }

  /**
   * Makes the bucket, unless it is there.
   * @throws TooFewServersError when it cannot have as many replicas as are wanted.
   */
  async open(): Promise<void> {
    await this.#open();
  }

  async close(): Promise<void> {
    await this.#options.release();
  }

  async #write(
    bucket: KV,
    key: string,
    value: Uint8Array | undefined,
    expected: Revision | "absent",
  ): Promise<Revision> {
    if (value === undefined) {
      if (expected !== "absent") await bucket.delete(key, { previousSeq: Number(expected) });
      await this.#tidy(bucket, key).catch(() => {});
      return "deleted";
    }
    const revision =
      expected === "absent" ? await bucket.create(key, value) : await bucket.update(key, value, Number(expected));
    return String(revision);
  }

  /** Takes out the mark of a deletion: one would stay for each key that there ever was. */
  async #tidy(bucket: KV, key: string): Promise<void> {
    const mark = await bucket.get(key);
    if (mark === null || mark.operation === "PUT") return;
    const { streams } = await this.#client.jetstreamManager(false);
    const name = this.#options.bucket;
    // What was written since has a higher number.
    await streams.purge(`KV_${name}`, { filter: `$KV.${name}.${key}`, seq: mark.revision + 1 });
  }

  /** Makes the bucket where it is not there: the server may have lost it. */
  async #use<T>(action: (bucket: KV) => Promise<T>): Promise<T> {
    try {
      return await action(await this.#open());
    } catch (error) {
      if (codeOf(error) !== NO_STREAM) throw error;
      this.#bucket = undefined;
      return action(await this.#open());
    }
  }

  #open(): Promise<KV> {
    this.#bucket ??= this.#make().catch((error: unknown) => {
      this.#bucket = undefined;
      throw TooFewServersError.insteadOf(error, this.#options.replicas);
    });
    return this.#bucket;
  }

  async #make(): Promise<KV> {
    const { bucket, replicas } = this.#options;
    // Reads go to the leader: what a replica says may be old.
    const made = await new Kvm(this.#client).create(bucket, { history: 1, replicas, allow_direct: false });
    if (replicas === 1) return made;
    // It may be there with fewer. It never gets fewer: other nodes may want more.
    const { streams } = await this.#client.jetstreamManager();
    const { config } = await streams.info(`KV_${bucket}`);
    if (config.num_replicas < replicas) await streams.update(config.name, { num_replicas: replicas });
    return made;
  }
}
