import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { ADMIN_WEBSOCKET_PATH, CONSOLE_INFO_PATH, type ConsoleInfo } from "@kreuz/admin";
import type { Acceptor, Budget, Clock, Codec, Connection, ConnectionHandler } from "@kreuz/codec";
import { listenWebSocket, type TlsOptions, type TransportListener } from "@kreuz/transport-node";
import type { AdminConfig } from "../config/config.js";
import { StartError } from "../run/errors.js";
import type { ConsoleEndpoint } from "./console-endpoint.js";
import type { MetricsEndpoint } from "./metrics-endpoint.js";
import type { Lifecycle } from "./readiness.js";

/** Sockets at a time: probes, scrapers and operators are few. */
const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 5000;

/** What the admin listener serves besides health. */
export interface AdminServices {
  readonly lifecycle: Pick<Lifecycle, "readiness">;
  /** Absent while the router starts, or when `admin.metrics` is off. */
  metrics?: MetricsEndpoint;
  /** Takes operators. Absent while the router starts, or without a management realm. */
  operators?: Acceptor;
  /** Tells the console how to log in; as `operators`. */
  consoleInfo?: () => ConsoleInfo;
  /** Absent when `admin.console` is off, or without a management realm. */
  console?: ConsoleEndpoint;
}

/** What the admin listener needs. */
export interface AdminServerParts {
  readonly config: AdminConfig;
  /** What relative paths refer to. */
  readonly folder: string;
  readonly tls: TlsOptions | undefined;
  readonly codecs: readonly Codec[];
  readonly budget: Budget;
  readonly clock: Clock;
  readonly services: AdminServices;
  /** Whether whoever connects passes somebody on. */
  readonly behindPrimary?: boolean;
  onError(error: Error): void;
}

/**
 * The admin listener: health, readiness, metrics and the console over HTTP, and operators over WebSocket, apart from the listeners
 * of clients.
 */
export class AdminServer {
  readonly #services: AdminServices;
  #listener!: TransportListener;

  private constructor(services: AdminServices) {
    this.#services = services;
  }

  /** @throws StartError if it cannot listen there. */
  static async open(parts: AdminServerParts): Promise<AdminServer> {
    const server = new AdminServer(parts.services);
    const { config, folder, tls, codecs, budget, clock } = parts;
    const { host, port, unix } = config;
    try {
      server.#listener = await listenWebSocket(server.#acceptor(), {
        ...(unix === undefined ? { host, port } : { unix: { path: resolve(folder, unix) } }),
        ...(tls !== undefined && { tls }),
        codecs,
        budget,
        clock,
        path: ADMIN_WEBSOCKET_PATH,
        ...(parts.behindPrimary === true && { trustedProxies: ["unix"] }),
        maxConnections: MAX_CONNECTIONS,
        maxPendingHandshakes: MAX_CONNECTIONS,
        handshakeTimeout: TIMEOUT_MS,
        onRequest: (request, response) => server.#answer(request, response),
        onError: parts.onError,
      });
    } catch (error) {
      throw new StartError(`the admin listener: ${(error as Error).message}`, { cause: error });
    }
    return server;
  }

  /** Where it is reached from this machine, or was until it closed: `http://127.0.0.1:9080`, `http+unix:/run/kreuz.sock`. */
  get url(): string {
    return this.#listener.url.replace(/^ws/, "http").replace(/:?\/ws$/, "");
  }

  /** @returns a function that uses other TLS files for new connections. */
  prepareTls(tls: TlsOptions): () => void {
    return this.#listener.prepareTls(tls);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  #acceptor(): Acceptor {
    return { accept: (connection) => this.#services.operators?.accept(connection) ?? sendAway(connection) };
  }

  #answer(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    response.setHeader("Cache-Control", "no-store");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return send(request, response, 405, "text/plain", "only GET and HEAD\n");
    }
    const [path = ""] = (request.url ?? "").split("?", 1);
    const { lifecycle, metrics, consoleInfo, console } = this.#services;
    switch (path) {
      case "/healthz":
        return send(request, response, 200, "text/plain", "ok\n");
      case "/readyz": {
        const { readiness } = lifecycle;
        return sendJson(request, response, readiness.ready ? 200 : 503, readiness);
      }
      case "/metrics":
        if (metrics !== undefined) return metrics.answer(request, response);
        break;
      case CONSOLE_INFO_PATH:
        if (consoleInfo !== undefined) return sendJson(request, response, 200, consoleInfo());
        break;
      default:
        if (console?.answer(path, request, response) === true) return;
    }
    send(request, response, 404, "text/plain", "not found: there are /healthz, /readyz and /metrics\n");
  }
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: object): void {
  send(request, response, status, "application/json", `${JSON.stringify(value)}\n`);
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": `${type}; charset=utf-8`, "Content-Length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The router is not ready for operators, or has no management realm. */
function sendAway(connection: Connection): ConnectionHandler {
  connection.close("going-away", "there is no management realm here");
  return { onFrame() {}, onDrain() {}, onClose() {} };
}
