export { connectWebSocket, HandshakeRefusedError } from "./connect-websocket.js";
export type { WebSocketConnectOptions } from "./connect-websocket.js";
export type { KeepAliveOptions } from "./keep-alive.js";
export type { LimitName } from "./limit-name.js";
export type { WebSocketListener, WebSocketListenOptions } from "./listen-options.js";
export type { TransportOptions } from "./transport-settings.js";
export { listenWebSocket } from "./websocket-listener.js";
