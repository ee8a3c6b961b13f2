import { MessageType as M } from "@kreuz/codec";
import { LoadSocket, type Protocol } from "../generator/load-socket.js";
import { PreparedFrames } from "../generator/prepared-frames.js";
import type { Server } from "../servers/server-spec.js";
import { atRate, drain, type Load, type Scenario } from "./load.js";
import { payloadOf } from "./payloads.js";

const TOPIC = "com.example.topic";
const MAX_PUBLICATIONS_IN_FLIGHT = 64;
/** Bounds large events, so that the benchmark does not measure memory. */
const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024;

/** A publisher with a number of subscribers: `fanOut(10)`. */
export function fanOut(subscribers: number): Scenario {
  return {
    name: `fan-out 1→${subscribers}`,
    unit: "event",
    async open(server, protocol) {
      const sockets: LoadSocket[] = [];
      for (let index = 0; index < subscribers; index++) sockets.push(await joinSubscriber(server, protocol));
      const publisher = await LoadSocket.join(server, protocol, "publisher/0");
      return new FanOutLoad(publisher, sockets, server.spec.wamp ? M.EVENT : M.PUBLISH);
    },
  };
}

async function joinSubscriber(server: Server, protocol: Protocol): Promise<LoadSocket> {
  const socket = await LoadSocket.join(server, protocol, "subscriber/0");
  if (server.spec.wamp)
    await socket.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: TOPIC }, M.SUBSCRIBED);
  return socket;
}

class FanOutLoad implements Load {
  done = 0;
  readonly minMessages: number;
  readonly #publisher: LoadSocket;
  readonly #subscribers: readonly LoadSocket[];
  /** EVENT; at the relay PUBLISH, since it forwards the publisher's own frames. */
  readonly #expectedType: number;
  #publications!: PreparedFrames;
  #published = 0;
  /** Events to keep in flight; 0 while the load is stopped. */
  #targetInFlight = 0;
  #refillScheduled = false;

  constructor(publisher: LoadSocket, subscribers: readonly LoadSocket[], expectedType: number) {
    this.#expectedType = expectedType;
    this.#publisher = publisher;
    this.#subscribers = subscribers;
    this.minMessages = 10 * subscribers.length;
  }

  start(bytes: number): void {
    this.#prepare(bytes);
    const events = this.#subscribers.length;
    const maxPublications = Math.max(2, Math.floor(MAX_BYTES_IN_FLIGHT / (events * bytes)));
    this.#targetInFlight = events * Math.min(MAX_PUBLICATIONS_IN_FLIGHT, maxPublications);
    this.#listen((_subscriber, count) => {
      this.done += count;
      if (this.#refillScheduled || this.#targetInFlight === 0) return;
      // One write replaces the events that all subscribers received in this turn.
      this.#refillScheduled = true;
      setImmediate(() => {
        this.#refillScheduled = false;
        this.#refill();
      });
    });
    this.#refill();
  }

  async stop(): Promise<void> {
    this.#targetInFlight = 0;
    await this.#drain();
  }

  async pace(bytes: number, eventsPerSecond: number, milliseconds: number): Promise<number[]> {
    this.#prepare(bytes);
    const latencies: number[] = [];
    const due: number[] = [];
    const seen = this.#subscribers.map(() => 0);
    this.#listen((subscriber, count) => {
      const now = performance.now();
      this.done += count;
      for (let index = 0; index < count; index++) latencies.push(now - due[seen[subscriber]!++]!);
    });
    await atRate(eventsPerSecond / this.#subscribers.length, milliseconds, (first, end, dueAt) => {
      for (let index = first; index < end; index++) due.push(dueAt(index));
      this.#publish(end - first);
    });
    await this.#drain();
    return latencies;
  }

  close(): void {
    for (const socket of [this.#publisher, ...this.#subscribers]) socket.close();
  }

  get #inFlight(): number {
    return this.#published * this.#subscribers.length - this.done;
  }

  #prepare(bytes: number): void {
    const { format, codec, content } = this.#publisher;
    const payload = payloadOf(codec, bytes, content);
    this.#publications = new PreparedFrames(format, codec, (request) => ({
      type: M.PUBLISH,
      request,
      options: {},
      topic: TOPIC,
      payload,
    }));
  }

  #listen(onEvents: (subscriber: number, count: number) => void): void {
    for (const [index, socket] of this.#subscribers.entries())
      socket.listen(this.#expectedType, (count) => onEvents(index, count));
  }

  #refill(): void {
    const publications = Math.floor((this.#targetInFlight - this.#inFlight) / this.#subscribers.length);
    if (publications > 0) this.#publish(publications);
  }

  #publish(count: number): void {
    this.#publisher.write(this.#publications.sequence(this.#published + 1, count));
    this.#published += count;
  }

  #drain(): Promise<void> {
    return drain(
      () => this.#inFlight,
      () => [this.#publisher, ...this.#subscribers].find((socket) => socket.failure !== undefined)?.failure,
    );
  }
}
