import type { Socket } from "node:net";
import type { ConnectionLifecycle } from "@kreuz/codec";

/**
 * Ends a connection that makes room for a newer one, as soon as what was written has been given to the system. A peer that does not
 * read what it was sent before could not be told why: it is cut off at once.
 *
 * @param message - why it makes room.
 */
export function destroyOnceSent(socket: Socket, lifecycle: ConnectionLifecycle, message: string): void {
  const { writableLength } = socket;
  // Whether TLS has anything left is known later; `closeTimeout` bounds it.
  if (writableLength === 0 || "encrypted" in socket) return socket.destroySoon();
  lifecycle.cutOff(new Error(`${message}; the peer was not told, since it has not read ${writableLength} bytes`));
}
