import type { RawData, WebSocket } from "ws";

/** The events of a WebSocket, as methods of its connection. */
export interface WebSocketEvents {
  onMessage(data: RawData, isBinary: boolean): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  onError(error: Error): void;
  onClose(code: number, reason: Buffer): void;
}

const OWNER = Symbol("owner");

interface OwnedWebSocket extends WebSocket {
  [OWNER]: WebSocketEvents;
}

/**
 * Hands the events of a WebSocket to its owner. All WebSockets share the listeners: a closure for each event would take half
 * a KiB more for as long as a connection is open.
 */
export function handEventsTo(owner: WebSocketEvents, webSocket: WebSocket): void {
  (webSocket as OwnedWebSocket)[OWNER] = owner;
  webSocket.on("message", onMessage);
  webSocket.on("ping", onPing);
  webSocket.on("pong", onPong);
  webSocket.on("error", onError);
  webSocket.on("close", onClose);
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as OwnedWebSocket)[OWNER].onMessage(data, isBinary);
}

function onPing(this: WebSocket, payload: Buffer): void {
  (this as OwnedWebSocket)[OWNER].onPing(payload);
}

function onPong(this: WebSocket, payload: Buffer): void {
  (this as OwnedWebSocket)[OWNER].onPong(payload);
}

function onError(this: WebSocket, error: Error): void {
  (this as OwnedWebSocket)[OWNER].onError(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as OwnedWebSocket)[OWNER].onClose(code, reason);
}
