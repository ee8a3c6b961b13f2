import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { CONSOLE_HEADERS, type ConsoleFile, type ConsoleFiles } from "@kreuz/admin";
import { acceptsGzip } from "./accepts-gzip.js";

const INDEX = "index.html";
/** Names below it have a hash of their content. */
const ASSETS = "assets/";
const ONE_YEAR_S = 31_536_000;

/** A file as it is sent. */
interface SentFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** Absent when it is not smaller. */
  readonly zipped: Uint8Array | undefined;
  readonly etag: string;
  readonly cacheControl: string;
}

/** Answers with the files of the web console. Names are looked up in a fixed map: no path is ever joined. */
export class ConsoleEndpoint {
  readonly #files: ConsoleFiles;
  /** Those that somebody has asked for. Compressing all of them would delay the start. */
  readonly #sent = new Map<string, SentFile>();

  constructor(files: ConsoleFiles) {
    this.#files = files;
  }

  /** @returns whether there is such a file. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const file = this.#find(path === "/" ? INDEX : path.slice(1));
    if (file === undefined) return false;
    for (const [name, value] of Object.entries(CONSOLE_HEADERS)) response.setHeader(name, value);
    response.setHeader("Cache-Control", file.cacheControl);
    response.setHeader("ETag", file.etag);
    response.setHeader("Vary", "Accept-Encoding");
    if (isKnown(request, file.etag)) {
      response.writeHead(304).end();
      return true;
    }
    const body = file.zipped !== undefined && acceptsGzip(request) ? file.zipped : file.body;
    response.writeHead(200, {
      "Content-Type": file.type,
      "Content-Length": body.length,
      ...(body === file.zipped ? { "Content-Encoding": "gzip" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }

  #find(name: string): SentFile | undefined {
    const known = this.#sent.get(name);
    const file = this.#files.get(name);
    if (known !== undefined || file === undefined) return known;
    const sent = sentFile(name, file);
    this.#sent.set(name, sent);
    return sent;
  }
}

function sentFile(name: string, { type, body }: ConsoleFile): SentFile {
  const zipped = gzipSync(body, { level: 9 });
  return {
    type,
    body,
    zipped: zipped.length < body.length ? zipped : undefined,
    // Weak: it stands for both encodings.
    etag: `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    cacheControl: name.startsWith(ASSETS) ? `public, max-age=${ONE_YEAR_S}, immutable` : "no-cache",
  };
}

function isKnown({ headers }: IncomingMessage, etag: string): boolean {
  const known = headers["if-none-match"] ?? "";
  return known.split(",").some((tag) => tag.trim() === etag);
}
