import { MessageType as M } from "@kreuz/codec";
import { LoadSocket, type Medium } from "../generator/load-socket.js";
import { PreparedFrames } from "../generator/prepared-frames.js";
import type { ServerProcess } from "../servers/server-process.js";
import { atPace, drain, type Load, type Scenario } from "./load.js";
import { payloadOf } from "./rpc.js";

const TOPIC = "com.example.topic";
const PUBLICATIONS_IN_FLIGHT = 64;
/** Bytes of events in flight, so that thousands of large ones are not a test of memory. */
const BYTES_IN_FLIGHT = 32 * 1024 * 1024;

/** A publisher whose events go to so many subscribers: `fanOut(10)`. */
export function fanOut(subscribers: number): Scenario {
  return {
    name: `fan-out 1→${subscribers}`,
    unit: "event",
    async open(server, medium) {
      const sockets: LoadSocket[] = [];
      for (let index = 0; index < subscribers; index++) sockets.push(await subscriber(server, medium));
      const publisher = await LoadSocket.join(server, medium, "publisher/0");
      return new FanOutLoad(publisher, sockets, server.contestant.wamp ? M.EVENT : M.PUBLISH);
    },
  };
}

async function subscriber(server: ServerProcess, medium: Medium): Promise<LoadSocket> {
  const socket = await LoadSocket.join(server, medium, "subscriber/0");
  if (server.contestant.wamp)
    await socket.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: TOPIC }, M.SUBSCRIBED);
  return socket;
}

class FanOutLoad implements Load {
  done = 0;
  readonly least: number;
  readonly #publisher: LoadSocket;
  readonly #subscribers: readonly LoadSocket[];
  /** The type of what subscribers get: a relay forwards the publisher's own frames. */
  readonly #expects: number;
  #publications!: PreparedFrames;
  #published = 0;
  /** Events in flight that are kept up; 0 when none are. */
  #kept = 0;
  #refills = false;

  constructor(publisher: LoadSocket, subscribers: readonly LoadSocket[], expects: number) {
    this.#expects = expects;
    this.#publisher = publisher;
    this.#subscribers = subscribers;
    this.least = 10 * subscribers.length;
  }

  start(bytes: number): void {
    this.#prepare(bytes);
    const events = this.#subscribers.length;
    this.#kept = events * Math.min(PUBLICATIONS_IN_FLIGHT, Math.max(2, Math.floor(BYTES_IN_FLIGHT / (events * bytes))));
    this.#listen((_subscriber, count) => {
      this.done += count;
      if (this.#refills || this.#kept === 0) return;
      // What all subscribers have got in one turn is made up for with one write.
      this.#refills = true;
      setImmediate(() => {
        this.#refills = false;
        this.#refill();
      });
    });
    this.#refill();
  }

  async stop(): Promise<void> {
    this.#kept = 0;
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
    await atPace(eventsPerSecond / this.#subscribers.length, milliseconds, (first, end, dueAt) => {
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
    const { format, codec } = this.#publisher;
    const payload = payloadOf(codec, bytes);
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
      socket.listen(this.#expects, (count) => onEvents(index, count));
  }

  #refill(): void {
    const publications = Math.floor((this.#kept - this.#inFlight) / this.#subscribers.length);
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
