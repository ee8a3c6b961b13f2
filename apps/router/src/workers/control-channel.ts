import type { Clock } from "@kreuz/codec";
import { type ConfigProblem, InvalidConfigError } from "../config/config-problem.js";
import { StartError } from "../run/errors.js";

/** A channel between two processes: a child's, or this process's to its parent. */
export interface ControlPort {
  send(message: object, done: (error: Error | null) => void): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
}

/** What one end answers, by the name of the request. */
export type Answers = Readonly<Record<string, (value: never) => unknown>>;

/** What the other end answers: asked with a value, it gives a promise of the result. */
type Asked<A extends Answers, K extends keyof A> = Awaited<ReturnType<A[K]>>;

/** An error as it travels. */
interface SentError {
  readonly message: string;
  readonly kind?: "config" | "start";
  readonly source?: string;
  readonly problems?: readonly ConfigProblem[];
  /** Of the system error at its end. */
  readonly code?: string;
}

/** `ask` has a request, `answer` repeats its number. */
interface ControlMessage {
  readonly kreuz: "ask" | "answer";
  readonly id: number;
  readonly request?: string;
  readonly value?: unknown;
  readonly error?: SentError;
}

/** Requests and answers between the primary process and a worker. */
export class ControlChannel<Theirs extends Answers> {
  readonly #port: ControlPort;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(port: ControlPort, own: Answers, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    port.on("message", (message) => {
      if (!isControl(message)) return;
      if (message.kreuz === "ask") void this.#answer(message, own);
      else this.#answered(message);
    });
  }

  /**
   * Asks the other end.
   *
   * @param ms - how long the answer is waited for. Absent: until it comes, or the channel ends.
   * @throws Error what the other end has thrown, or that it has ended or does not answer.
   */
  ask<K extends keyof Theirs & string>(
    request: K,
    value: Parameters<Theirs[K]>[0],
    ms?: number,
  ): Promise<Asked<Theirs, K>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      const id = ++this.#lastId;
      const late = (): void => this.#settle(id)?.reject(new Error(`no answer to "${request}" within ${ms} ms`));
      const cancel = ms === undefined ? () => {} : this.#clock.schedule(ms, late);
      this.#waiting.set(id, {
        resolve: (answer) => {
          cancel();
          resolve(answer as Asked<Theirs, K>);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
      this.#send({ kreuz: "ask", id, request, value }, (error) => this.#settle(id)?.reject(error));
    });
  }

  /** The other end is gone. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(this.#ended);
  }

  async #answer({ id, request = "", value }: ControlMessage, own: Answers): Promise<void> {
    let answer: ControlMessage;
    try {
      answer = { kreuz: "answer", id, value: await own[request]?.(value as never) };
    } catch (error) {
      answer = { kreuz: "answer", id, error: sentError(error) };
    }
    // Who asked may have ended.
    this.#send(answer, () => {});
  }

  #answered({ id, value, error }: ControlMessage): void {
    const waiting = this.#settle(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(receivedError(error));
  }

  #settle(id: number): { resolve(value: unknown): void; reject(error: Error): void } | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #send(message: ControlMessage, failed: (error: Error) => void): void {
    try {
      this.#port.send(message, (error) => {
        if (error !== null) failed(error);
      });
    } catch (error) {
      failed(error as Error);
    }
  }
}

function isControl(message: unknown): message is ControlMessage {
  return typeof message === "object" && message !== null && "kreuz" in message;
}

function sentError(error: unknown): SentError {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof InvalidConfigError)
    return { message, kind: "config", source: error.source, problems: error.problems };
  if (!(error instanceof StartError)) return { message };
  const code = cause instanceof Error ? codeOf(cause) : undefined;
  return { message, kind: "start", ...(code === undefined ? {} : { code }) };
}

function receivedError({ message, kind, source = "", problems = [], code }: SentError): Error {
  if (kind === "config") return new InvalidConfigError(source, problems);
  if (kind === undefined) return new Error(message);
  return new StartError(message, code === undefined ? {} : { cause: Object.assign(new Error(code), { code }) });
}

function codeOf(error: Error & { readonly code?: unknown }): string | undefined {
  if (error.cause instanceof Error) return codeOf(error.cause);
  return typeof error.code === "string" ? error.code : undefined;
}
