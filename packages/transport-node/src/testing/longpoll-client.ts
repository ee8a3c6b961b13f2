import { Agent, request } from "node:http";
import type { Acceptor, Codec, Connection, ConnectionHandler, Message, TransportInfo } from "@kreuz/codec";

/** One HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** One POST request on a socket of its own, or of `agent`. */
export function post(
  url: string,
  body: Uint8Array | string = "",
  options: { readonly agent?: Agent; readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<HttpAnswer> {
  const { agent = false, method = "POST", headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A client of long-poll, unbatched, that does as much as the transport contract asks of one. */
export class LongPollClient implements Connection {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly bufferedBytes = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #base: string;
  #handler: ConnectionHandler | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #paused = false;
  #onResume: () => void = () => {};
  #over = false;
  #closing = false;

  private constructor(base: string, codec: Codec, acceptor: Acceptor) {
    this.#base = base;
    this.codec = codec;
    this.transport = { type: "longpoll", protocol: codec.subprotocol, serializer: codec.id };
    this.#handler = acceptor.accept(this);
    void this.#receive();
  }

  static async open(url: string, codec: Codec, acceptor: Acceptor): Promise<LongPollClient> {
    const { status, body } = await post(`${url}/open`, JSON.stringify({ protocols: [codec.subprotocol] }));
    if (status !== 200) throw new Error(`open was answered with ${status}: ${body.toString()}`);
    const { transport } = JSON.parse(body.toString()) as { readonly transport: string };
    return new LongPollClient(`${url}/${transport}`, codec, acceptor);
  }

  send(frame: Uint8Array): boolean {
    if (this.#over || this.#closing) return false;
    this.#sending = this.#sending.then(() => post(`${this.#base}/send`, frame, { agent: this.#agent })).catch(() => {});
    return true;
  }

  sendMessage(message: Message): boolean {
    return this.send(this.codec.encode(message));
  }

  close(): void {
    if (this.#closing || this.#over) return;
    this.#closing = true;
    void this.#sending
      .then(() => post(`${this.#base}/close`, "", { agent: this.#agent }))
      .catch(() => {})
      .then(() => this.#end(undefined));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#onResume();
  }

  /** Aborts every request. */
  destroy(): void {
    this.#agent.destroy();
    this.#over = true;
  }

  async #receive(): Promise<void> {
    for (;;) {
      await this.#resumed();
      if (this.#over || this.#closing) return;
      const answer = await post(`${this.#base}/receive`, "", { agent: this.#agent }).catch((error: Error) => error);
      await this.#resumed();
      if (this.#over || this.#closing) return;
      if (answer instanceof Error) return this.#end(answer);
      if (answer.status === 200) this.#deliver(answer.body);
      else if (answer.status === 409) await new Promise((resolve) => setTimeout(resolve, 0));
      else if (answer.status !== 204) return this.#end(complaintOf(answer));
    }
  }

  async #resumed(): Promise<void> {
    while (this.#paused) await new Promise<void>((resolve) => (this.#onResume = resolve));
  }

  #deliver(frame: Uint8Array): void {
    try {
      this.#handler?.onFrame(frame);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#agent.destroy();
    this.#handler?.onClose(error);
    this.#handler = undefined;
  }
}

/** The answer's own words; 410 with a clean end is one. */
function complaintOf({ status, body }: HttpAnswer): Error | undefined {
  const text = body.toString();
  return status === 410 && /: (normal|going-away)/.test(text) ? undefined : new Error(`${status} ${text}`);
}
