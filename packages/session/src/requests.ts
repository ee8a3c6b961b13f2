import {
  MessageType as M,
  nextId,
  WampError,
  type ClientMessage,
  type ErrorMessage,
  type Id,
  type Payload,
  type Publish,
  type Published,
  type Register,
  type Registered,
  type Subscribe,
  type Subscribed,
  type Unregister,
  type Unregistered,
  type Unsubscribe,
  type Unsubscribed,
} from "@kreuz/codec";
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

type Request = Publish | Subscribe | Unsubscribe | Register | Unregister;
type Acknowledgement = Published | Subscribed | Unsubscribed | Registered | Unregistered;

interface OpenRequest {
  readonly type: Request["type"];
  settle(outcome: Acknowledgement | Error): void;
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
   * Sends a request. `settle` is called once, with the acknowledgement or an Error, as soon as that arrives and before any
   * later message is looked at.
   */
  request<T extends Acknowledgement>(message: Request, settle: (outcome: T | Error) => void): void {
    this.#open.set(message.request, { type: message.type, settle: settle as OpenRequest["settle"] });
    try {
      this.send(message);
    } catch (error) {
      if (this.#open.delete(message.request)) settle(error as Error);
    }
  }

  /** Handles an acknowledgement or ERROR. One that nobody waits for is ignored. */
  receive(message: Acknowledgement | ErrorMessage): void {
    const open = this.#open.get(message.request);
    if (open === undefined) return;
    if (message.type === M.ERROR ? message.requestType !== open.type : message.type !== acknowledgementOf(open.type))
      return;
    this.#open.delete(message.request);
    open.settle(message.type === M.ERROR ? errorOf(message) : message);
  }
}

/** The type of the message that acknowledges a request: the next one, as the specification numbers them. */
function acknowledgementOf(type: Request["type"]): number {
  return type + 1;
}

/** The error that an ERROR message carries. Its text is the first positional argument, if that is one. */
export function errorOf({ error, payload, details }: ErrorMessage): WampError {
  const text = payload.args?.[0];
  return new WampError(error, typeof text === "string" ? text : undefined, payload, details);
}

/** The payload that arguments stand for. */
export function payloadOf(args: Arguments): Payload {
  return Array.isArray(args) ? { args } : (args as Payload);
}
