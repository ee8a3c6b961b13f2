import { messageName, type Connection, type RouterMessage } from "@kreuz/codec";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { RouterServices } from "./router-services.js";
import type { Refusal } from "../session/session.js";

/**
 * The way out to one client. While the client reads too slowly, events are dropped and counted; everything else goes
 * on to the transport, whose outbox is bounded in bytes.
 */
export class Outlet {
  readonly #connection: Connection;
  readonly #router: RouterServices;
  #congested = false;
  #refusal: Refusal = "codec";

  constructor(connection: Connection, router: RouterServices) {
    this.#connection = connection;
    this.#router = router;
  }

  /** @returns `false` when the message cannot be sent to this client: {@link refusal} says why. */
  send(message: RouterMessage): boolean {
    let frame: Uint8Array;
    try {
      frame = this.#connection.codec.encode(message);
    } catch (error) {
      this.#refusal = "codec";
      this.#undeliverable(error, messageName(message.type) ?? "message");
      return false;
    }
    if (this.#isTooLong(frame)) {
      this.#refusal = "length";
      this.#tooLong(frame, messageName(message.type) ?? "message");
      return false;
    }
    if (!this.#connection.send(frame)) this.#congested = true;
    return true;
  }

  /** @returns `false` when the event was dropped because the client reads too slowly. */
  sendEvent(event: OutgoingEvent): boolean {
    if (this.#congested) {
      this.#router.metrics.count("events_dropped");
      return false;
    }
    let frame: Uint8Array;
    try {
      frame = event.frame(this.#connection.codec);
    } catch (error) {
      this.#undeliverable(error, "EVENT");
      return true;
    }
    if (this.#isTooLong(frame)) {
      this.#router.metrics.count("events_dropped");
      this.#tooLong(frame, "EVENT");
      return true;
    }
    if (!this.#connection.send(frame)) this.#congested = true;
    return true;
  }

  /** Why {@link send} said `false` the last time. */
  get refusal(): Refusal {
    return this.#refusal;
  }

  drained(): void {
    this.#congested = false;
  }

  #isTooLong(frame: Uint8Array): boolean {
    const { maxFrameBytes } = this.#connection;
    return maxFrameBytes !== undefined && frame.length > maxFrameBytes;
  }

  #tooLong({ length }: Uint8Array, message: string): void {
    const { maxFrameBytes, transport } = this.#connection;
    this.#router.metrics.count("messages_undeliverable");
    const fields = { peer: transport.peer, bytes: length, maxFrameBytes };
    this.#router.logger.warn(fields, `${message} is longer than the client takes`);
  }

  #undeliverable(error: unknown, message: string): void {
    const { codec, transport } = this.#connection;
    this.#router.metrics.count("messages_undeliverable");
    this.#router.logger.warn({ error, peer: transport.peer }, `${message} cannot be encoded as ${codec.id}`);
  }
}
