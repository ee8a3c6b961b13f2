import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";

/** The events of a WebSocket and of the socket under it, as methods of their connection. */
export interface WebSocketEvents {
  onMessage(data: RawData, isBinary: boolean): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  onError(error: Error): void;
  onClose(code: number, reason: Buffer): void;
  onData(chunk: Buffer): void;
  onSocketError(error: Error): void;
}

const OWNER = Symbol("owner");

interface Owned {
  [OWNER]: WebSocketEvents;
}
type OwnedWebSocket = WebSocket & Owned;
type OwnedSocket = Socket & Owned;

/**
 * Hands the events of a WebSocket and of its socket to their owner. All connections share the listeners: a closure for each
 * event would take half a KiB more for as long as a connection is open.
 */
export function handEventsTo(owner: WebSocketEvents, webSocket: WebSocket, socket: Socket): void {
  (webSocket as OwnedWebSocket)[OWNER] = owner;
  (socket as OwnedSocket)[OWNER] = owner;
  socket.on("data", onData);
  socket.on("error", onSocketError);
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

function onData(this: Socket, chunk: Buffer): void {
  (this as OwnedSocket)[OWNER].onData(chunk);
}

function onSocketError(this: Socket, error: Error): void {
  (this as OwnedSocket)[OWNER].onSocketError(error);
}
