import { connect, type Socket } from "node:net";
import type { Referee, Revision, Versioned } from "@kreuz/cluster";
import type { Clock } from "@kreuz/codec";
import { framed, FrameReader } from "./frames.js";
import { MAX_REFEREE_BYTES, type RefereeAnswer, type RefereeRequest } from "./referee-server.js";

export interface UnixRefereeOptions {
  /** Where the server listens. */
  readonly path: string;
  readonly clock: Clock;
}

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 5000;

/** Who waits for an answer. */
interface Waiting {
  answered(answer: RefereeAnswer): void;
  failed(error: Error): void;
}

type Request = RefereeRequest extends readonly [number, ...infer _] ? RefereeRequest : never;
type Asked<R = Request> = R extends readonly [number, ...infer Rest] ? Rest : never;

/** A referee in another process of this machine. Connects when it is first asked, and again after the connection was lost. */
export class UnixReferee implements Referee {
  readonly #options: UnixRefereeOptions;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: UnixRefereeOptions) {
    this.#options = options;
  }

  async read(key: string): Promise<Versioned | undefined> {
    const [answer] = await this.#ask("read", key);
    if (answer === undefined || !("revision" in answer) || answer.value === undefined) return undefined;
    return { value: new Uint8Array(Buffer.from(answer.value, "base64")), revision: answer.revision! };
  }

  async write(
    key: string,
    value: Uint8Array | undefined,
    expected: Revision | "absent",
  ): Promise<Revision | "conflict"> {
    const text = value === undefined ? null : Buffer.from(value).toString("base64");
    const [answer] = await this.#ask("write", key, text, expected);
    if (answer === undefined || !("revision" in answer)) throw new Error("the referee answered without a revision");
    return answer.revision!;
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for (const answer of await this.#ask("keys", prefix)) if ("keys" in answer) yield* answer.keys;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.destroy();
  }

  #ask(...asked: Asked): Promise<readonly RefereeAnswer[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("the referee was closed"));
      const id = ++this.#lastId;
      const answers: RefereeAnswer[] = [];
      const end = (): void => {
        cancel();
        this.#waiting.delete(id);
      };
      const failed = (error: Error): void => {
        end();
        reject(error);
      };
      const cancel = this.#options.clock.schedule(PATIENCE, () =>
        failed(new Error(`the referee did not answer within ${PATIENCE} ms`)),
      );
      const answered = (answer: RefereeAnswer): void => {
        if ("error" in answer) return failed(new Error(answer.error));
        answers.push(answer);
        if ("keys" in answer && answer.keys.length > 0) return;
        end();
        resolve(answers);
      };
      this.#waiting.set(id, { answered, failed });
      this.#socket ??= this.#connect();
      this.#socket.write(framed(Buffer.from(JSON.stringify([id, ...asked]))));
    });
  }

  #connect(): Socket {
    const socket = connect({ path: this.#options.path });
    const reader = new FrameReader(MAX_REFEREE_BYTES, (frame) => {
      const answer = JSON.parse(frame.toString()) as RefereeAnswer;
      this.#waiting.get(answer.id)?.answered(answer);
    });
    let cause = new Error("the connection to the referee was lost");
    socket.on("error", (error) => (cause = error));
    socket.on("data", (data) => {
      try {
        reader.read(data);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      for (const waiting of [...this.#waiting.values()]) waiting.failed(cause);
    });
    return socket;
  }
}
