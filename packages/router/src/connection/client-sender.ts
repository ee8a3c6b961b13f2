import { FrameTooLongError, MessageType as M, messageName, type Connection, type RouterMessage } from "@kreuz/codec";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { SendOutcome } from "../session/session.js";
import { SessionActivity } from "../session/session-activity.js";
import type { RealmStats } from "../stats/realm-stats.js";
import type { RouterServices } from "./router-services.js";

/**
 * Sends messages to one client. While the client reads too slowly, events are dropped and counted; everything else goes
 * to the transport, whose outbox is bounded in bytes.
 */
export class ClientSender {
  readonly #connection: Connection;
  readonly #router: RouterServices;
  #congested = false;
  /** The counts of the realm that the client has joined, or wants to join. */
  stats: RealmStats;
  /** What the client's current session has done. */
  activity: SessionActivity;

  constructor(connection: Connection, router: RouterServices) {
    this.#connection = connection;
    this.#router = router;
    this.stats = router.stats;
    this.activity = new SessionActivity(router.clock.monotonic());
  }

  send(message: RouterMessage): SendOutcome {
    try {
      if (!this.#connection.sendMessage(message)) this.#congested = true;
      this.stats.sent[message.type]!++;
      this.activity.messagesOut++;
      return "sent";
    } catch (error) {
      const name = messageName(message.type) ?? "message";
      return error instanceof FrameTooLongError ? this.#tooLong(error.bytes, name) : this.#unencodable(error, name);
    }
  }

  /** @returns `false` when the event was dropped because the client reads too slowly. */
  sendEvent(event: OutgoingEvent): boolean {
    if (this.#congested) {
      this.activity.eventsDropped++;
      this.stats.eventsDropped.add("slow");
      this.#router.metrics.count("limit_outbox_high_water_bytes");
      return false;
    }
    let frame: Uint8Array;
    try {
      frame = event.frame(this.#connection.codec);
    } catch (error) {
      this.stats.eventsDropped.add("codec");
      this.#unencodable(error, "EVENT");
      return true;
    }
    if (this.#sendFrame(frame)) this.stats.sent[M.EVENT]!++;
    else {
      this.stats.eventsDropped.add("too_long");
      this.#tooLong(frame.length, "EVENT");
    }
    return true;
  }

  /** True while the transport's outbox is above its high-water mark: events are dropped. */
  get congested(): boolean {
    return this.#congested;
  }

  get unsentBytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** Bytes that were sent since the current session joined. */
  get sentBytes(): number {
    return (this.#connection.bytesSent ?? 0) - this.activity.sentBefore;
  }

  /** Events that were dropped because the client read too slowly. */
  get droppedEvents(): number {
    return this.activity.eventsDropped;
  }

  /** The transport's outbox has room again. */
  drained(): void {
    this.#congested = false;
  }

  /** @returns `false` when the client does not accept frames of this length. */
  #sendFrame(frame: Uint8Array): boolean {
    const { maxFrameBytes } = this.#connection;
    if (maxFrameBytes !== undefined && frame.length > maxFrameBytes) return false;
    this.activity.messagesOut++;
    if (!this.#connection.send(frame)) this.#congested = true;
    return true;
  }

  #tooLong(bytes: number, message: string): SendOutcome {
    const { maxFrameBytes, transport } = this.#connection;
    this.stats.undeliverable++;
    const fields = { peer: transport.peer, bytes, maxFrameBytes };
    this.#router.logger.warn(fields, `${message} not sent: it exceeds the length that the client accepts`);
    return "too-long";
  }

  #unencodable(error: unknown, message: string): SendOutcome {
    const { codec, transport } = this.#connection;
    this.stats.undeliverable++;
    this.#router.logger.warn(
      { error, peer: transport.peer },
      `${message} not sent: it cannot be encoded as ${codec.id}`,
    );
    return "unencodable";
  }
}
