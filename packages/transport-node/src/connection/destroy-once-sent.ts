import type { Socket } from "node:net";

/** Destroys a socket as soon as what was written has been given to the system; at once if the peer does not read. */
export function destroyOnceSent(socket: Socket): void {
  // Whether TLS has anything left is known later; `closeTimeout` bounds it.
  if (socket.writableLength > 0 && !("encrypted" in socket)) socket.destroy();
  else socket.destroySoon();
}
