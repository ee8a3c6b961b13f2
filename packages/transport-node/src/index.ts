export { connectRawSocket, RawSocketRefusedError } from "./connect-rawsocket.js";
export type { RawSocketConnectOptions } from "./connect-rawsocket.js";
export { connectWebSocket, HandshakeRefusedError } from "./connect-websocket.js";
export type { WebSocketConnectOptions } from "./connect-websocket.js";
export type { KeepAliveOptions } from "./keep-alive.js";
export type { LimitName } from "./limit-name.js";
export type {
  HandshakeCookies,
  HttpOptions,
  ListenOptions,
  RawSocketListenOptions,
  RawSocketOptions,
  TransportListener,
  UniversalListenOptions,
  WebSocketListener,
  WebSocketListenOptions,
} from "./listen-options.js";
export type { LongPollOptions } from "./longpoll-options.js";
export { listenRawSocket } from "./rawsocket-listener.js";
export type { ClientTlsOptions, TlsMaterial, TlsOptions } from "./tls-options.js";
export type { TransportOptions, WebSocketOptions } from "./transport-settings.js";
export { listenUniversal } from "./universal-listener.js";
export type { UnixSocketOptions } from "./unix-socket.js";
export { listenWebSocket } from "./websocket-listener.js";
