import type { IncomingMessage } from "node:http";
import type { Account } from "@kreuz/codec";
import { messageDeadline } from "../connection/partial-message.js";
import type { TransportSettings } from "../connection/transport-settings.js";

/** The body of a request, or why there is none: `bytes` of it arrived, or were announced. */
export type RequestBody = Buffer | { readonly failure: "too-large" | "late" | "aborted"; readonly bytes: number };

/** How the body of a request is bounded. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly settings: Pick<TransportSettings, "clock" | "messageTimeout">;
  /** What has arrived is charged here until `done` is called. */
  readonly account: Account | undefined;
}

/** The body is gathered in a buffer that grows by this factor, so that it holds little more than has arrived. */
const GROWTH = 4;
const MIN_GATHERED_BYTES = 1024;

/**
 * Reads the body of a request. Never holds much more than has arrived, nor more than `maxBytes`, whatever was announced.
 *
 * @param done - called once.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, done: (body: RequestBody) => void): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limits.maxBytes) return done({ failure: "too-large", bytes: announced });
  new BodyReader(request, limits, done).read();
}

class BodyReader {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #done: (body: RequestBody) => void;
  readonly #began: number;
  #gathered = Buffer.alloc(0);
  #bytes = 0;
  #cancelTimeout: () => void;
  #finished = false;

  constructor(request: IncomingMessage, limits: BodyLimits, done: (body: RequestBody) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#done = done;
    const { clock, messageTimeout } = limits.settings;
    this.#began = clock.now();
    this.#cancelTimeout = clock.schedule(messageTimeout, this.#onTimeout);
  }

  read(): void {
    this.#request.on("data", this.#onData);
    this.#request.on("end", () => this.#finish(this.#gathered.subarray(0, this.#bytes)));
    this.#request.on("close", this.#onAborted);
    this.#request.on("error", this.#onAborted);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#finished) return;
    const bytes = this.#bytes + chunk.length;
    if (bytes > this.#limits.maxBytes) return this.#finish({ failure: "too-large", bytes });
    if (bytes > this.#gathered.length) this.#grow(bytes);
    // Copied: a chunk of a few bytes can keep 64 KiB in memory.
    this.#gathered.set(chunk, this.#bytes);
    this.#bytes = bytes;
  };

  #grow(needed: number): void {
    const { maxBytes, account } = this.#limits;
    const grown = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(MIN_GATHERED_BYTES, GROWTH * needed)));
    account?.charge(grown.length - this.#gathered.length, 0);
    this.#gathered.copy(grown, 0, 0, this.#bytes);
    this.#gathered = grown;
  }

  readonly #onAborted = (): void => this.#finish({ failure: "aborted", bytes: this.#bytes });

  readonly #onTimeout = (): void => {
    const { settings } = this.#limits;
    const left = this.#began + messageDeadline(settings, this.#bytes) - settings.clock.now();
    if (left > 0) this.#cancelTimeout = settings.clock.schedule(left, this.#onTimeout);
    else this.#finish({ failure: "late", bytes: this.#bytes });
  };

  #finish(body: RequestBody): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#cancelTimeout();
    this.#limits.account?.refund(this.#gathered.length, 0);
    this.#gathered = Buffer.alloc(0);
    this.#done(body);
  }
}
