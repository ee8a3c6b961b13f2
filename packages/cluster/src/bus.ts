import type { NodeId } from "@kreuz/router";

export type { NodeId };

/** Whether a text may name a node or a cluster: 1 to 64 letters, digits, `-` and `_`. */
export function isNodeName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** What a bus tells whoever uses it. */
export interface BusHandler {
  /** A message has arrived. Its bytes belong to the handler. */
  onMessage(from: NodeId, message: Uint8Array): void;
  /** The bus works, or has lost its connection: then messages of both directions may be lost. */
  onState(connected: boolean): void;
  /** A hint, which may be missing or late: nobody received the last message to this node. */
  onUnreachable(node: NodeId): void;
}

/**
 * Carries messages between the nodes of one cluster. It is first in, first out for each pair of nodes, also between `send`
 * and `broadcast`: messages may be lost, never reordered, repeated or changed. It knows nothing of WAMP.
 */
export interface Bus {
  /** The longest message that {@link send} takes, in bytes; at least 4,096. */
  readonly maxBytes: number;
  /** Starts to deliver. Called once. */
  open(handler: BusHandler): Promise<void>;
  /** Sends a message to one node. Does not keep `message`: its memory is used again. While not connected, it drops it. */
  send(to: NodeId, message: Uint8Array): void;
  /** Sends a message to all other nodes, as {@link send}. */
  broadcast(message: Uint8Array): void;
  /** Ends the bus. What was sent before is on its way. */
  close(): Promise<void>;
}
