import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { acceptsGzip } from "./accepts-gzip.js";

/** Writes the metrics of the process as text. `Registry` of prom-client does. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Scrapes at the same time. More tell that somebody scrapes faster than answers can be made. */
const MAX_SCRAPES = 2;

const compress = promisify(gzip);

/** Answers `GET /metrics`. */
export class MetricsEndpoint {
  readonly #source: MetricsText;
  readonly #prepare: () => Promise<void>;
  readonly #tokenHash: Buffer | undefined;
  #scrapes = 0;

  /**
   * @param prepare - brings numbers up to date that have to be looked up.
   * @param token - that whoever scrapes must know; absent: anybody may.
   */
  constructor(source: MetricsText, prepare: () => Promise<void>, token: string | undefined) {
    this.#source = source;
    this.#prepare = prepare;
    this.#tokenHash = token === undefined ? undefined : hashOf(token);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#knowsToken(request)) {
      response.writeHead(401, { "WWW-Authenticate": "Bearer", "Content-Type": "text/plain" });
      response.end("the metrics need a bearer token: admin.metricsToken\n");
      return;
    }
    if (this.#scrapes >= MAX_SCRAPES) {
      response.writeHead(503, { "Retry-After": "5", "Content-Type": "text/plain" });
      response.end(`${MAX_SCRAPES} scrapes run already; try again later\n`);
      return;
    }
    this.#scrapes++;
    try {
      await this.#send(request, response);
    } finally {
      this.#scrapes--;
    }
  }

  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#prepare();
    const text = await this.#source.metrics();
    const zipped = acceptsGzip(request);
    const body = zipped ? await compress(text) : Buffer.from(text);
    response.writeHead(200, {
      "Content-Type": this.#source.contentType,
      "Content-Length": body.length,
      ...(zipped ? { "Content-Encoding": "gzip" } : {}),
      Vary: "Accept-Encoding",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  #knowsToken({ headers: { authorization = "" } }: IncomingMessage): boolean {
    if (this.#tokenHash === undefined) return true;
    const [, token = ""] = /^Bearer (.+)$/i.exec(authorization) ?? [];
    return timingSafeEqual(hashOf(token), this.#tokenHash);
  }
}

/** Of equal length, whatever the token. */
function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
