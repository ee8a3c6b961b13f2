import type { IncomingMessage, ServerResponse } from "node:http";
import type { Account, Clock } from "@kreuz/codec";
import { positiveInteger, type TransportSettings } from "../connection/transport-settings.js";
import { sendText } from "./http-messages.js";
import { type BodyLimits, readBody } from "./request-body.js";

/** Who sent a request. */
export interface RequestOrigin {
  /** Address and port, or the address that a trusted proxy named; `undefined` on a Unix socket. */
  readonly peer: string | undefined;
  readonly tls: boolean;
}

/** Answers plain HTTP requests in the terms of the Fetch standard. */
export interface FetchRoute {
  /** `request.signal` aborts when the client has gone, or time is out. What it throws is answered with 500. */
  handle(request: Request, from: RequestOrigin): Response | Promise<Response>;
  /** Largest body of a request, in bytes; a larger one is refused with 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Milliseconds from the last byte of a request to the head of its answer; then the answer is 503. Default 30 000. */
  readonly timeout?: number;
}

/** Answers a plain HTTP request. What it throws is answered with 500. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Who answers plain HTTP requests, by path. */
export type Routes = Readonly<Record<string, RequestHandler | FetchRoute>>;

/** What the listener knows of the sender of a request. */
export interface RequestClient extends RequestOrigin {
  /** What the request holds is charged here. */
  readonly account: Account | undefined;
}

/** What routes need of their listener. */
export interface RouteServices {
  readonly settings: TransportSettings;
  clientOf(request: IncomingMessage): RequestClient;
}

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT = 30_000;
/** Headers that concern one socket, and are Node's to write. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "trailer",
]);

/** Whether a path is `base` or below it. */
export function isBelow(path: string, base: string): boolean {
  return path.startsWith(base) && (base.endsWith("/") || path.length === base.length || path[base.length] === "/");
}

/**
 * Makes a handler of Node's requests of a route.
 *
 * @param base - where it is mounted.
 * @throws ConfigError when an option is out of range.
 */
export function fetchHandler(base: string, route: FetchRoute, { settings, clientOf }: RouteServices): RequestHandler {
  const maxBytes = positiveInteger(`routes["${base}"].maxBodyBytes`, route.maxBodyBytes, DEFAULT_MAX_BODY_BYTES);
  const timeout = positiveInteger(`routes["${base}"].timeout`, route.timeout, DEFAULT_TIMEOUT);
  return async (request, response) => {
    const client = clientOf(request);
    const context = { settings, account: client.account };
    const abort = new AbortController();
    response.once("close", () => abort.abort());
    const body = await bodyOf(request, response, { ...context, maxBytes });
    if (body === undefined) return;
    const given = requestOf(request, body, client.tls, abort.signal);
    // `/hook/../other` is not below `/hook`, whatever it begins with.
    if (given === undefined || !isBelow(new URL(given.url).pathname, base))
      return sendText(response, 400, "bad request");
    const answering = (async () => route.handle(given, { peer: client.peer, tls: client.tls }))();
    client.account?.charge(body.length);
    const answer = await inTime(answering, { clock: settings.clock, timeout, gone: abort.signal }).finally(() =>
      client.account?.refund(body.length),
    );
    if (answer === "gone") return;
    if (answer !== "late") return send(answer, request, response, context);
    settings.onLimit("route-timeout");
    sendText(response, 503, `no answer within ${timeout} ms`);
    abort.abort();
  };
}

/** The body of a request, whole. @returns `undefined` when it was refused. */
function bodyOf(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits & { readonly settings: TransportSettings },
): Promise<Buffer | undefined> {
  const { maxBytes, settings } = limits;
  return new Promise((resolve) => {
    readBody(request, limits, (body) => {
      if (!("failure" in body)) return resolve(body);
      resolve(undefined);
      if (body.failure === "aborted") return;
      // What is still to come is not read.
      response.setHeader("Connection", "close");
      if (body.failure === "too-large") {
        settings.onLimit("route-body-bytes");
        sendText(response, 413, `the body is larger than ${maxBytes} bytes`);
      } else {
        settings.onLimit("message-timeout");
        sendText(response, 408, `the body was not complete within ${settings.messageTimeout} ms`);
      }
    });
  });
}

/** A request as Fetch has it; `undefined` when Fetch cannot express it: TRACE, or a host that is none. */
function requestOf(request: IncomingMessage, body: Buffer, tls: boolean, signal: AbortSignal): Request | undefined {
  const { method = "GET", headers, rawHeaders, url = "/" } = request;
  try {
    const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index): [string, string] => [
      rawHeaders[2 * index]!,
      rawHeaders[2 * index + 1]!,
    ]);
    const hasBody = method !== "GET" && method !== "HEAD" && body.length > 0;
    return new Request(`${tls ? "https" : "http"}://${headers.host ?? "localhost"}${url}`, {
      method,
      headers: pairs,
      signal,
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    });
  } catch {
    return undefined;
  }
}

interface Deadline {
  readonly clock: Clock;
  readonly timeout: number;
  readonly gone: AbortSignal;
}

/** Waits for an answer, but not for ever, nor when nobody waits for it any more. */
async function inTime(
  answering: Promise<Response>,
  { clock, timeout, gone }: Deadline,
): Promise<Response | "late" | "gone"> {
  let cancel = (): void => {};
  const otherwise = new Promise<"late" | "gone">((resolve) => {
    cancel = clock.schedule(timeout, () => resolve("late"));
    if (gone.aborted) resolve("gone");
    gone.addEventListener("abort", () => resolve("gone"), { once: true });
  });
  try {
    const first = await Promise.race([answering, otherwise]);
    if (typeof first === "string") void answering.then((late) => late.body?.cancel()).catch(() => {});
    return first;
  } finally {
    cancel();
  }
}

/** Sends a response, no faster than the client takes it. A client that takes nothing for too long is cut off. */
async function send(
  answer: Response,
  request: IncomingMessage,
  response: ServerResponse,
  { settings, account }: { readonly settings: TransportSettings; readonly account: Account | undefined },
): Promise<void> {
  for (const [name, value] of answer.headers) if (!HOP_BY_HOP.has(name)) response.appendHeader(name, value);
  response.writeHead(answer.status);
  const reader = answer.body?.getReader();
  if (reader === undefined || request.method === "HEAD") {
    await reader?.cancel();
    return void response.end();
  }
  response.once("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = (await reader.read()) as { readonly done: boolean; readonly value?: Uint8Array };
    if (done || value === undefined) return void response.end();
    if (response.destroyed) return;
    if (response.write(value)) continue;
    account?.charge(value.length);
    await drained(response, settings);
    account?.refund(value.length);
  }
}

/** Waits until the client has taken what was written, or is gone. */
function drained(
  response: ServerResponse,
  { clock, closeTimeout, messageTimeout, onLimit }: TransportSettings,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(messageTimeout + closeTimeout, () => {
      onLimit("message-timeout");
      response.destroy();
    });
    const done = (): void => {
      cancel();
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
