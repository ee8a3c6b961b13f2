export { connectRawSocket, RawSocketRefusedError } from "./rawsocket/connect-rawsocket.js";
export type { RawSocketConnectOptions } from "./rawsocket/connect-rawsocket.js";
export { connectWebSocket, HandshakeRefusedError } from "./websocket/connect-websocket.js";
export type { WebSocketConnectOptions } from "./websocket/connect-websocket.js";
export type { KeepAliveOptions } from "./connection/keep-alive.js";
export type { LimitName } from "./connection/limit-name.js";
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
} from "./server/listen-options.js";
export type { LongPollOptions } from "./longpoll/longpoll-options.js";
export { listenRawSocket } from "./listen/rawsocket-listener.js";
export type { ClientTlsOptions, TlsMaterial, TlsOptions } from "./tls/tls-options.js";
export type { TransportOptions, WebSocketOptions } from "./connection/transport-settings.js";
export { listenUniversal } from "./listen/universal-listener.js";
export type { UnixSocketOptions } from "./server/unix-socket.js";
export { listenWebSocket } from "./listen/websocket-listener.js";
