import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import type { AdminConfig } from "../config/config.js";
import { StartError } from "../run/errors.js";
import type { MetricsEndpoint } from "./metrics-endpoint.js";
import type { Lifecycle } from "./readiness.js";

/** Sockets at a time: probes and scrapers are few. */
const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 5000;
const MAX_HEADER_BYTES = 8 * 1024;

/** What the admin listener serves besides health. */
export interface AdminServices {
  readonly lifecycle: Lifecycle;
  /** Absent while the router starts, or when `admin.metrics` is off. */
  metrics?: MetricsEndpoint;
}

/** The admin listener: health, readiness and metrics over HTTP, apart from the listeners of clients. */
export class AdminServer {
  readonly #http: Server;
  readonly #services: AdminServices;
  readonly #config: AdminConfig;
  readonly #folder: string;
  #url = "";

  private constructor(config: AdminConfig, folder: string, services: AdminServices) {
    this.#config = config;
    this.#folder = folder;
    this.#services = services;
    this.#http = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        requestTimeout: TIMEOUT_MS,
        headersTimeout: TIMEOUT_MS,
        keepAliveTimeout: 75_000,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#http.maxConnections = MAX_CONNECTIONS;
  }

  /** @throws StartError if it cannot listen there. */
  static async open(config: AdminConfig, folder: string, services: AdminServices): Promise<AdminServer> {
    const server = new AdminServer(config, folder, services);
    await server.#listen();
    server.#url = server.#findUrl();
    return server;
  }

  /** Where it is reached from this machine, or was until it closed. */
  get url(): string {
    return this.#url;
  }

  #findUrl(): string {
    if (this.#config.unix !== undefined) return `http+unix:${resolve(this.#folder, this.#config.unix)}`;
    const { address, family, port } = this.#http.address() as AddressInfo;
    const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
    return `http://${family === "IPv6" ? `[${host}]` : host}:${port}`;
  }

  async close(): Promise<void> {
    await new Promise((closed) => {
      this.#http.close(closed);
      this.#http.closeAllConnections();
    });
  }

  async #listen(): Promise<void> {
    const { host, port, unix } = this.#config;
    await new Promise<void>((listening, failed) => {
      this.#http.once("error", (error: NodeJS.ErrnoException) => {
        const place = unix ?? `${host}:${port}`;
        const reason = error.code === "EADDRINUSE" ? "another program uses it" : error.message;
        failed(new StartError(`the admin listener cannot listen on ${place}: ${reason}`, { cause: error }));
      });
      this.#http.listen(unix === undefined ? { host, port } : { path: resolve(this.#folder, unix) }, listening);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("Cache-Control", "no-store");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return send(request, response, 405, "text/plain", "only GET and HEAD\n");
    }
    const [path = ""] = (request.url ?? "").split("?", 1);
    const { lifecycle, metrics } = this.#services;
    switch (path) {
      case "/healthz":
        return send(request, response, 200, "text/plain", "ok\n");
      case "/readyz": {
        const { readiness } = lifecycle;
        return send(
          request,
          response,
          readiness.ready ? 200 : 503,
          "application/json",
          `${JSON.stringify(readiness)}\n`,
        );
      }
      case "/metrics":
        if (metrics !== undefined) return metrics.answer(request, response);
        break;
    }
    send(request, response, 404, "text/plain", "not found: there are /healthz, /readyz and /metrics\n");
  }
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": `${type}; charset=utf-8`, "Content-Length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}
