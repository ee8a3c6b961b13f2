import {
  nextId,
  WampError,
  type Call,
  type ClientMessage,
  type ErrorMessage,
  type Id,
  type Payload,
  type Publish,
  type Published,
  type Register,
  type Registered,
  type Result,
  type Subscribe,
  type Subscribed,
  type Unregister,
  type Unregistered,
  type Unsubscribe,
  type Unsubscribed,
} from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import type { SessionEndedError } from "./errors.js";
import type { Arguments } from "./session.js";
import { NO_SUCH_SESSION } from "./uris.js";

/** Carries the messages of a session to the router, in order. */
export interface Channel {
  /** @throws when the message cannot be sent as it is, for example because it cannot be encoded. */
  send(message: ClientMessage): void;
  /** Settles when the router has read enough of what was sent; absent or `undefined` when there is nothing to wait for. */
  ready?(): Promise<void> | undefined;
}

type Request = Publish | Subscribe | Unsubscribe | Register | Unregister | Call;
type Answer = Published | Subscribed | Unsubscribed | Registered | Unregistered | Result;

interface OpenRequest {
  readonly type: Request["type"];
  settle(outcome: Answer | Error): void;
}

/** The requests of a session: their ids, and who waits for which answer. Without a channel, every request fails. */
export class Requests {
  readonly #open = new Map<Id, OpenRequest>();
  #channel: Channel | undefined;
  #last: Id = 0;
  #error: SessionEndedError | undefined;

  get channel(): Channel {
    if (this.#channel !== undefined) return this.#channel;
    throw this.#error ?? new WampError(NO_SUCH_SESSION, "the session is not established");
  }

  get isOpen(): boolean {
    return this.#channel !== undefined;
  }

  /** Begins a session: ids count from 1 again. */
  open(channel: Channel): void {
    this.#channel = channel;
    this.#last = 0;
  }

  /** Ends the session: everything that is open fails. */
  close(error: SessionEndedError): void {
    this.#channel = undefined;
    this.#error = error;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { settle } of open) settle(error);
  }

  nextId(): Id {
    return (this.#last = nextId(this.#last));
  }

  send(message: ClientMessage): void {
    this.channel.send(message);
  }

  /**
   * Sends a request. `settle` is called with its answer or an Error as soon as that arrives, and before any later message is
   * looked at: once, and for a call with each of its progressive results before.
   */
  request<T extends Answer>(message: Request, settle: (outcome: T | Error) => void): void {
    this.#open.set(message.request, { type: message.type, settle: settle as OpenRequest["settle"] });
    try {
      this.send(message);
    } catch (error) {
      if (this.forget(message.request)) settle(error as Error);
    }
  }

  /** Ignores what is answered from now on. @returns whether something was still to be answered. */
  forget(request: Id): boolean {
    return this.#open.delete(request);
  }

  /** Handles an answer or ERROR. One that nobody waits for is ignored. */
  receive(message: Answer | ErrorMessage): void {
    const { type, request } = message;
    const open = this.#open.get(request);
    if (open === undefined || open.type !== (type === M.ERROR ? message.requestType : REQUEST_OF[type])) return;
    if (type !== M.RESULT || message.details.progress !== true) this.forget(request);
    open.settle(type === M.ERROR ? errorOf(message) : message);
  }
}

/** The request that a message answers. */
const REQUEST_OF = {
  [M.PUBLISHED]: M.PUBLISH,
  [M.SUBSCRIBED]: M.SUBSCRIBE,
  [M.UNSUBSCRIBED]: M.UNSUBSCRIBE,
  [M.RESULT]: M.CALL,
  [M.REGISTERED]: M.REGISTER,
  [M.UNREGISTERED]: M.UNREGISTER,
};

/** The error that an ERROR message carries. Its text is the first positional argument, if that is one. */
function errorOf({ error, payload, details }: ErrorMessage): WampError {
  const text = payload.args?.[0];
  return new WampError(error, typeof text === "string" ? text : undefined, payload, details);
}

/** A promise of what settles once, with an Error or with anything else. */
export function promiseOf<T>(start: (settle: (outcome: T | Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
  });
}

/** The payload that arguments stand for. */
export function payloadOf(args: Arguments): Payload {
  return Array.isArray(args) ? { args } : (args as Payload);
}
