import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { MessageType, messageName, type Codec, type Message } from "@kreuz/codec";
import type { Content } from "../loads/payloads.js";
import type { Server, TransportName } from "../servers/server-spec.js";
import { FRAME_FORMATS, type FrameFormat } from "./frame-format.js";
import { FrameScanner } from "./frame-scanner.js";

/** The transport and codec of a connection. */
export interface Protocol {
  readonly transport: TransportName;
  readonly codec: Codec;
  /** What payloads are made of. Default one string of `x`. */
  readonly content?: Content;
}

const ROLES = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
const ANSWER_TIMEOUT_MS = 20_000;

/**
 * A client that does as little work as possible, so that the generator is never the bottleneck: it reads only the type
 * and the first id of received messages.
 */
export class LoadSocket {
  readonly codec: Codec;
  readonly format: FrameFormat;
  readonly content: Content;
  /** The session id; 0 at the relay. */
  session = 0;
  /** Called for each batch of complete messages, with the first id of each. */
  onMessages: (count: number, ids: Float64Array) => void = () => {};
  /** Set once the server closes the connection or sends an unexpected message: later figures would be wrong. */
  failure: Error | undefined;
  readonly #socket: Socket;
  readonly #scanner: FrameScanner;

  private constructor(socket: Socket, { transport, codec, content = "x" }: Protocol, rest: Buffer) {
    this.#socket = socket;
    this.codec = codec;
    this.content = content;
    this.format = FRAME_FORMATS[transport];
    this.#scanner = new FrameScanner(this.format, codec);
    this.#scanner.onPing = () => this.write(this.format.pong);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => (this.failure ??= error));
    socket.on("close", () => (this.failure ??= new Error("the server closed the connection")));
    if (rest.length > 0) socket.unshift(rest);
  }

  /** Connects to a server, as a client that is called so there. */
  static async connect(server: Server, protocol: Protocol, client: string): Promise<LoadSocket> {
    const format = FRAME_FORMATS[protocol.transport];
    const port = format.port(server.portsFor(client));
    const where = { port, host: "127.0.0.1", noDelay: true };
    const socket = format.encrypted === true ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where);
    socket.write(format.handshake(port, protocol.codec));
    let answer: Buffer = Buffer.alloc(0);
    for (;;) {
      const [chunk] = (await once(socket, "data", { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })) as [Buffer];
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      const length = format.answerLength(answer);
      if (length > 0) return new LoadSocket(socket, protocol, answer.subarray(length));
    }
  }

  /**
   * Connects and joins the realm.
   *
   * @param relayRole - such as `callee/3`; decides to which node of a cluster the client connects. It is sent as the realm to the
   *   relay, which has none: there it decides whose frames the client receives.
   */
  static async join(server: Server, protocol: Protocol, relayRole: string): Promise<LoadSocket> {
    const socket = await LoadSocket.connect(server, protocol, relayRole);
    const { wamp } = server.spec;
    const hello: Message = { type: MessageType.HELLO, realm: wamp ? "realm1" : relayRole, details: { roles: ROLES } };
    const id = await socket.request(hello, wamp ? MessageType.WELCOME : MessageType.HELLO);
    if (wamp) socket.session = id;
    return socket;
  }

  /** Expects only messages of this type from now on. */
  listen(expectedType: number, onMessages: (count: number, ids: Float64Array) => void): void {
    this.#scanner.expectedType = expectedType;
    this.onMessages = onMessages;
  }

  /** Sends frames from `PreparedFrames`. */
  write(frames: Uint8Array): void {
    this.#socket.write(frames);
  }

  /** Sends a message and waits for one of type `answer`. @returns the first id of the answer. */
  request(message: Message, answer: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        const reason = this.failure?.message ?? `no message within ${ANSWER_TIMEOUT_MS} ms`;
        reject(new Error(`no ${messageName(answer)} for ${messageName(message.type)}: ${reason}`));
      };
      const timer = setTimeout(fail, ANSWER_TIMEOUT_MS);
      this.#socket.once("close", fail);
      this.listen(answer, (_count, ids) => {
        clearTimeout(timer);
        this.#socket.off("close", fail);
        this.onMessages = () => {};
        resolve(ids[0]!);
      });
      this.write(this.format.frame(this.codec, this.codec.encode(message)));
    });
  }

  /** Resets the connection: thousands of sockets in TIME_WAIT would use up the ports. */
  close(): void {
    if (this.format.encrypted === true) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onData(chunk: Buffer): void {
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
