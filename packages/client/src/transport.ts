import type { ClientMessage, RouterMessage } from "@kreuz/codec";

/** What a link tells its owner. Nothing is called after `onClose`. */
export interface LinkEvents {
  onMessage(message: RouterMessage): void;
  /** The link is gone: with an Error unless it was closed in order. */
  onClose(error?: Error): void;
}

/** An open connection to a router, which carries messages. */
export interface Link {
  /** @throws when the message cannot be encoded or is too long. Does nothing once the link is closed. */
  send(message: ClientMessage): void;
  /** Sends what is queued, then closes. */
  close(): void;
  /** Settles when the router has read enough of what was sent; `undefined` when there is nothing to wait for. */
  ready(): Promise<void> | undefined;
  /** Bytes that only the two ends of this TLS channel share; `undefined` where the platform does not tell. */
  channelBinding?(type: string): Uint8Array | undefined;
}

/** Opens links to a router: one each time that a session connects. */
export interface Transport {
  /**
   * @param signal - gives up the attempt.
   * @throws the Error that prevented the connection.
   */
  open(events: LinkEvents, signal: AbortSignal): Promise<Link>;
}
