import type { RouterMessage } from "@kreuz/codec";
import type { Format } from "./format.js";
import { json } from "./json.js";
import type { Link, LinkEvents, Transport } from "./transport.js";

/** The part of a WebSocket class that is used; the one of `ws` is one, too. */
export type WebSocketClass = new (...args: never[]) => WebSocketLike;

interface WebSocketLike {
  readonly protocol: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  binaryType: string;
  addEventListener(...args: never[]): void;
  send(data: never): void;
  close(code?: number, reason?: string): void;
}

/** Options of {@link webSocket}. */
export interface WebSocketSettings {
  /** The formats to offer, the preferred one first. Default JSON. */
  readonly formats?: readonly Format[];
  /** Default: the platform's. Node 20 has none: pass the one of `ws`, or use `@kreuz/client/node`. */
  readonly WebSocket?: WebSocketClass;
}

/** The WebSocket was closed otherwise than in order. */
export class WebSocketClosedError extends Error {
  override readonly name = "WebSocketClosedError";
  /** The close code; 1006 when the connection broke. */
  readonly code: number;

  constructor(
    url: string,
    { code, reason }: { readonly code: number; readonly reason: string },
    options?: ErrorOptions,
  ) {
    super(`the WebSocket ${url} was closed with code ${code}${reason === "" ? "" : `: ${reason}`}`, options);
    this.code = code;
  }
}

const HIGH_WATER_BYTES = 1_048_576;
/** Milliseconds between looks at what is buffered: WebSockets do not tell. */
const LOOK_INTERVAL = 20;

/** Connects by WebSocket: `ws://` or `wss://`. */
export function webSocket(url: string, settings: WebSocketSettings = {}): Transport {
  return { open: (events, signal) => open(url, settings, events, signal) };
}

function open(url: string, settings: WebSocketSettings, events: LinkEvents, signal: AbortSignal): Promise<Link> {
  const { formats = [json], WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket } = settings;
  return new Promise((resolve, reject) => {
    if (WebSocket === undefined)
      throw new TypeError('this platform has no WebSocket: pass that of "ws", or use @kreuz/client/node');
    const protocols = formats.map(({ subprotocol }) => subprotocol);
    const socket = new (WebSocket as new (url: string, protocols: string[]) => WebSocketLike)(url, protocols);
    let format: Format | undefined;
    let failure: unknown;
    const fail = (error: unknown): void => {
      failure = error;
      socket.close(3002, "protocol error");
    };
    const listen = <E>(type: string, listener: (event: E) => void): void =>
      socket.addEventListener(type as never, listener as never);
    socket.binaryType = "arraybuffer";
    listen("open", () => {
      const chosen = (format = formats.find(({ subprotocol }) => subprotocol === socket.protocol));
      if (chosen === undefined) return fail(new Error("the router chose none of the subprotocols that were offered"));
      resolve({
        send: (message) => socket.send(chosen.encode(message) as never),
        close: () => socket.close(1000),
        ready: () => (socket.bufferedAmount > HIGH_WATER_BYTES ? drained(socket) : undefined),
      });
    });
    listen("message", ({ data }: { readonly data: string | ArrayBuffer }) => {
      if (failure !== undefined) return;
      try {
        const isText = typeof data === "string";
        if (format?.binary === isText) throw new TypeError("the router sent the wrong kind of message");
        events.onMessage(format!.decode((isText ? data : new Uint8Array(data)) as never) as RouterMessage);
      } catch (error) {
        fail(error);
      }
    });
    listen("error", ({ error }: { readonly error?: unknown }) => (failure ??= error));
    listen("close", (event: { readonly code: number; readonly reason: string }) => {
      const inOrder = format !== undefined && failure === undefined && event.code === 1000;
      const error = inOrder ? undefined : new WebSocketClosedError(url, event, { cause: failure });
      if (format === undefined) reject(signal.aborted ? (signal.reason as Error) : error);
      else events.onClose(error);
    });
    signal.addEventListener("abort", () => format ?? socket.close());
  });
}

/** Looks now and then, because a WebSocket does not tell. What is buffered when it closes stays so for ever. */
async function drained(socket: WebSocketLike): Promise<void> {
  while (socket.readyState === 1 && socket.bufferedAmount > HIGH_WATER_BYTES / 4)
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
}
