import {
  asError,
  MessageType as M,
  ProtocolError,
  type Clock,
  type Goodbye,
  type RouterMessage,
  type Uri,
} from "@kreuz/codec";
import { MessageSession, SessionEndedError } from "@kreuz/session";
import { ConnectError } from "./errors.js";
import { Handshake, mayRetry, mayReturn, type HandshakeSettings } from "./handshake.js";
import type { Link, Transport } from "./transport.js";
import { GOODBYE_AND_OUT, NORMAL, TIMEOUT, TRANSPORT_LOST } from "./uris.js";

/** When and how to connect again. */
export interface ReconnectSettings {
  /** Longest wait before the first attempt, in milliseconds; it doubles each time. Default 250. */
  readonly minMs?: number;
  /** Longest wait of all, in milliseconds. Default 30 000. */
  readonly maxMs?: number;
  /** Also after errors that would be final: logins refused, realms that do not exist. Default false. */
  readonly retryAll?: boolean;
}

/** What a {@link ClientSession} needs, with defaults filled in. */
export interface ClientSettings extends HandshakeSettings {
  readonly transport: Transport;
  readonly reconnect: Required<ReconnectSettings> | undefined;
  readonly handshakeMs: number;
  readonly closeMs: number;
  readonly pingMs: number;
  readonly exposeErrors: boolean;
  readonly onError: (error: unknown, what: string) => void;
  readonly clock: Pick<Clock, "monotonic" | "schedule">;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Calls that may run at once: a router that sends more is not obeyed. */
const MAX_INVOCATIONS = 10_000;

/** A session over a transport, which connects again when the connection is lost. */
export class ClientSession extends MessageSession {
  readonly #settings: ClientSettings;
  #link: Link | undefined;
  /** Gives up what is under way: an attempt, or the wait for the next one. */
  #abort = new AbortController();
  #attempts = 0;
  #openSince: number | undefined;
  #heard = true;
  #stopPing = (): void => {};
  #goodbye: (() => void) | undefined;

  constructor(settings: ClientSettings) {
    const { realm, clock, onError, exposeErrors } = settings;
    super(realm, { clock, report: onError, maxInvocations: MAX_INVOCATIONS, exposeErrors });
    this.#settings = settings;
  }

  /** Connects for the first time. @throws ConnectError, or the error of the transport. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const stop = (): void => {
      this.#abort.abort(signal?.reason);
      void this.close();
    };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop);
    try {
      await this.#connect();
    } catch (error) {
      signal?.removeEventListener("abort", stop);
      this.ended(new SessionEndedError(TRANSPORT_LOST, "the session was never established", { cause: error }));
      throw signal?.aborted === true ? signal.reason : error;
    }
    this.onState((state) => state === "closed" && signal?.removeEventListener("abort", stop));
  }

  override async close(): Promise<void> {
    const link = this.#link;
    if (this.state === "closed") return;
    const isOpen = this.state === "open";
    this.ended(new SessionEndedError(NORMAL, "the session was closed"));
    this.#abort.abort(new SessionEndedError(NORMAL, "the session was closed"));
    this.#stopPing();
    if (link === undefined || !isOpen) return link?.close();
    await new Promise<void>((resolve) => {
      const cancel = this.#settings.clock.schedule(this.#settings.closeMs, () => this.#goodbye?.());
      this.#goodbye = () => {
        cancel();
        resolve();
      };
      this.#send(link, { type: M.GOODBYE, details: {}, reason: NORMAL });
    });
    link.close();
  }

  /** Opens a link and a session on it. */
  async #connect(): Promise<void> {
    const { transport, handshakeMs, clock } = this.#settings;
    const { signal } = this.#abort;
    let handshake: Handshake | undefined;
    let lost: Error | undefined;
    let isLost = false;
    let link: Link | undefined;
    const timeout = new AbortController();
    const cancel = clock.schedule(handshakeMs, () =>
      timeout.abort(new ConnectError(TIMEOUT, `no session within ${handshakeMs} ms`)),
    );
    const either = AbortSignal.any([signal, timeout.signal]);
    try {
      link = await transport.open(
        {
          onMessage: (message) => {
            this.#heard = true;
            if (this.#link !== undefined && this.#link === link) this.#receive(link, message);
            else handshake?.receive(message);
          },
          onClose: (error) => {
            isLost = true;
            lost = error;
            handshake?.fail(error ?? tooEarly());
            if (link !== undefined && this.#link === link) this.#lost(error);
          },
        },
        either,
      );
      either.throwIfAborted();
      const opened = link;
      handshake = new Handshake(link, this.#settings, (identity) => {
        if (either.aborted) return;
        this.#link = opened;
        this.#openSince = clock.monotonic();
        this.#ping(opened);
        this.opened(identity, opened);
      });
      if (isLost) handshake.fail(lost ?? tooEarly());
      either.addEventListener("abort", () => handshake?.fail(either.reason));
      await handshake.established;
      either.throwIfAborted();
    } catch (error) {
      link?.close();
      throw error;
    } finally {
      cancel();
    }
  }

  #receive(link: Link, message: RouterMessage): void {
    switch (message.type) {
      case M.GOODBYE:
        return this.#leave(link, message);
      case M.ABORT:
        return this.#end(link, message.reason, new ConnectError(message.reason, textOf(message), message.details));
      case M.WELCOME:
      case M.CHALLENGE:
        throw new ProtocolError(`the router sent a message of type ${message.type} in an established session`);
      default:
        return this.receive(message);
    }
  }

  #leave(link: Link, message: Goodbye): void {
    if (this.#goodbye !== undefined) return this.#goodbye();
    this.#send(link, { type: M.GOODBYE, details: {}, reason: GOODBYE_AND_OUT });
    this.#end(link, message.reason, undefined, message);
  }

  /** The router has ended the session. */
  #end(link: Link, reason: Uri, cause: Error | undefined, message?: Goodbye): void {
    this.#link = undefined;
    this.#stopPing();
    link.close();
    const text = message === undefined ? "the router ended the session" : textOf(message);
    const error = new SessionEndedError(reason, `${text} (${reason})`, { cause });
    const { reconnect } = this.#settings;
    if (reconnect !== undefined && (mayReturn(reason) || reconnect.retryAll)) this.#again(error);
    else this.ended(error, error);
  }

  #lost(cause: Error | undefined): void {
    this.#link = undefined;
    this.#stopPing();
    this.#goodbye?.();
    const text = cause === undefined ? "the router closed the connection" : `the connection was lost: ${cause.message}`;
    const error = new SessionEndedError(TRANSPORT_LOST, text, { cause });
    if (this.state === "closed") return;
    if (this.#settings.reconnect === undefined) this.ended(error, error);
    else this.#again(error);
  }

  /** Connects again: after a random part of a time that doubles, so that many clients do not come back at once. */
  #again(error: SessionEndedError): void {
    const { reconnect, clock, random } = this.#settings;
    const { minMs, maxMs, retryAll } = reconnect!;
    if (this.#openSince !== undefined && clock.monotonic() - this.#openSince > maxMs) this.#attempts = 0;
    this.#openSince = undefined;
    this.lost(error);
    // A listener may have closed the session.
    if (this.#abort.signal.aborted) return;
    const delay = random() * Math.min(maxMs, minMs * 2 ** this.#attempts++);
    const cancel = clock.schedule(delay, () => {
      this.#abort.signal.removeEventListener("abort", cancel);
      void this.#retry(retryAll);
    });
    this.#abort.signal.addEventListener("abort", cancel);
  }

  async #retry(retryAll: boolean): Promise<void> {
    try {
      await this.#connect();
    } catch (cause) {
      if (this.state === "closed") return;
      const failed = new SessionEndedError(TRANSPORT_LOST, asError(cause).message, { cause });
      if (retryAll || mayRetry(cause)) this.#again(failed);
      else this.ended(failed, failed);
    }
  }

  /** Notices a router that is silent, where the platform does not. */
  #ping(link: Link): void {
    const { pingMs, clock } = this.#settings;
    if (pingMs === 0) return;
    this.#stopPing = clock.schedule(pingMs, () => {
      if (this.#link !== link) return;
      if (!this.#heard) {
        this.#lost(new Error(`the router was silent for ${pingMs} ms`));
        return link.close();
      }
      this.#heard = false;
      // Any answer will do, an error as well.
      this.call("wamp.session.count").catch(() => {});
      this.#ping(link);
    });
  }

  #send(link: Link, message: Goodbye): void {
    try {
      link.send(message);
    } catch {
      // It is closing anyway.
    }
  }
}

function tooEarly(): Error {
  return new Error("the router closed the connection before the session was established");
}

function textOf({ details }: { readonly details: Readonly<Record<string, unknown>> }): string {
  const { message } = details;
  return typeof message === "string" ? message : "the router ended the session";
}
