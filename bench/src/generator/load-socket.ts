import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MessageType, messageName, type Codec, type Message } from "@kreuz/codec";
import type { TransportName } from "../servers/server-spec.js";
import type { ServerProcess } from "../servers/server-process.js";
import { FRAME_FORMATS, type FrameFormat } from "./frame-format.js";
import { FrameScanner } from "./frame-scanner.js";

/** What is spoken to a server, and through what. */
export interface Medium {
  readonly transport: TransportName;
  readonly codec: Codec;
}

const ROLES = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
/** Milliseconds that one answer may take before the benchmark gives up on a server. */
const PATIENCE = 20_000;

/**
 * A client that costs as little as possible: of each message that arrives it looks at the type and the first id, so that
 * the generator is never what is measured.
 */
export class LoadSocket {
  readonly codec: Codec;
  readonly format: FrameFormat;
  /** The session's id; 0 at the relay. */
  session = 0;
  /** Called for each batch of whole messages that arrived, with the first id of each. */
  onMessages: (count: number, ids: Float64Array) => void = () => {};
  /** Why no more can be measured here: the server closed the connection, or sent something else than expected. */
  failure: Error | undefined;
  readonly #socket: Socket;
  readonly #scanner: FrameScanner;

  private constructor(socket: Socket, { transport, codec }: Medium, rest: Buffer) {
    this.#socket = socket;
    this.codec = codec;
    this.format = FRAME_FORMATS[transport];
    this.#scanner = new FrameScanner(this.format, codec);
    // Subscribers say nothing of their own, and servers ask whether they are still there.
    this.#scanner.onPing = () => this.write(this.format.pong);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => (this.failure ??= error));
    socket.on("close", () => (this.failure ??= new Error("the server closed the connection")));
    if (rest.length > 0) socket.unshift(rest);
  }

  /** Connects. */
  static async connect(server: ServerProcess, medium: Medium): Promise<LoadSocket> {
    const format = FRAME_FORMATS[medium.transport];
    const port = format.port(server.ports);
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.write(format.opening(port, medium.codec));
    let answer: Buffer = Buffer.alloc(0);
    for (;;) {
      const [chunk] = (await once(socket, "data", { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer];
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      const length = format.answered(answer);
      if (length > 0) return new LoadSocket(socket, medium, answer.subarray(length));
    }
  }

  /** Connects and joins the realm; at the relay, which has no realms, it says its `part`: whose frames it gets. */
  static async join(server: ServerProcess, medium: Medium, part: string): Promise<LoadSocket> {
    const socket = await LoadSocket.connect(server, medium);
    const { wamp } = server.contestant;
    const hello: Message = { type: MessageType.HELLO, realm: wamp ? "realm1" : part, details: { roles: ROLES } };
    const id = await socket.request(hello, wamp ? MessageType.WELCOME : MessageType.HELLO);
    if (wamp) socket.session = id;
    return socket;
  }

  /** From now on only messages of this type may arrive. */
  listen(expects: number, onMessages: (count: number, ids: Float64Array) => void): void {
    this.#scanner.expects = expects;
    this.onMessages = onMessages;
  }

  /** Sends frames that `PreparedFrames` has made. */
  write(frames: Uint8Array): void {
    this.#socket.write(frames);
  }

  /** Sends one message and waits for one of type `answer`. Resolves with the answer's first id. */
  request(message: Message, answer: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        const why = this.failure?.message ?? `nothing came within ${PATIENCE} ms`;
        reject(new Error(`no ${messageName(answer)} for a ${messageName(message.type)}: ${why}`));
      };
      const late = setTimeout(fail, PATIENCE);
      this.#socket.once("close", fail);
      this.listen(answer, (_count, ids) => {
        clearTimeout(late);
        this.#socket.off("close", fail);
        this.onMessages = () => {};
        resolve(ids[0]!);
      });
      this.write(this.format.frame(this.codec, this.codec.encode(message)));
    });
  }

  /** Ends at once, with a reset: thousands of sockets that wait for their end would use up the ports. */
  close(): void {
    this.#socket.resetAndDestroy();
  }

  #take(chunk: Buffer): void {
    if (this.failure !== undefined) return;
    try {
      const count = this.#scanner.push(chunk);
      if (count > 0) this.onMessages(count, this.#scanner.ids);
    } catch (error) {
      this.failure = error as Error;
      this.close();
    }
  }
}
