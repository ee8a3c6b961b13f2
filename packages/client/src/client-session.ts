import { asError, ProtocolError, type Clock, type Goodbye, type RouterMessage, type Uri } from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import { MessageSession, SessionEndedError } from "@kreuz/session";
import { ConnectError } from "./errors.js";
import { openSession, textOf, type HandshakeSettings } from "./handshake.js";
import type { Link } from "./transport.js";
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

/** Reasons of ABORT after which another attempt would fail, too. */
const FINAL = /^wamp\.error\.(no_such_|no_matching_|not_auth|auth|protocol_)/;

/** Reasons of GOODBYE after which the router may come back. */
const PASSING = /^wamp\.close\.(system_shutdown|close_realm)$/;

/** A session over a transport, which connects again when the connection is lost. */
export class ClientSession extends MessageSession {
  readonly #settings: ClientSettings;
  #link: Link | undefined;
  /** Stops what is under way: an attempt to connect, the wait for the next one, or the next ping. */
  #stop: (reason?: unknown) => void = () => {};
  #attempts = 0;
  #openSince = Infinity;
  #heard = true;
  #goodbye: (() => void) | undefined;

  constructor(settings: ClientSettings) {
    const { realm, clock, onError, exposeErrors } = settings;
    super(realm, { clock, report: onError, maxInvocations: MAX_INVOCATIONS, exposeErrors });
    this.#settings = settings;
  }

  /** Connects for the first time. @throws ConnectError, or the error of the transport. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const abort = (): void => {
      if (this.#link === undefined) this.#stop(signal!.reason);
      void this.close();
    };
    signal?.addEventListener("abort", abort);
    this.onState((state) => state === "closed" && signal?.removeEventListener("abort", abort));
    try {
      await this.#connect();
    } catch (cause) {
      this.ended(new SessionEndedError(TRANSPORT_LOST, "the session was never established", { cause }));
      throw cause;
    }
  }

  override async close(): Promise<void> {
    if (this.state === "closed") return;
    const { closeMs, clock } = this.#settings;
    const link = this.#link;
    const error = new SessionEndedError(NORMAL, "the session was closed");
    this.ended(error);
    this.#stop(error);
    if (link === undefined) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(closeMs, resolve);
      this.#goodbye = () => {
        cancel();
        resolve();
      };
      this.#send(link, NORMAL);
    });
    link.close();
  }

  /** Opens a link and a session on it. */
  async #connect(): Promise<void> {
    const { handshakeMs, clock } = this.#settings;
    const attempt = new AbortController();
    this.#stop = (reason) => attempt.abort(reason);
    const cancel = clock.schedule(handshakeMs, () =>
      attempt.abort(new ConnectError(TIMEOUT, `no session within ${handshakeMs} ms`)),
    );
    let own: Link | undefined;
    try {
      await openSession(this.#settings, attempt.signal, {
        onOpen: (link, identity) => {
          this.#link = own = link;
          this.#openSince = clock.monotonic();
          this.#ping(link);
          this.opened(identity, link);
        },
        onMessage: (message) => {
          this.#heard = true;
          if (this.#link === own) this.#receive(own!, message);
        },
        onClose: (cause) => {
          if (this.#link === own) this.#lost(cause);
        },
      });
    } finally {
      cancel();
    }
  }

  #receive(link: Link, message: RouterMessage): void {
    switch (message.type) {
      case M.GOODBYE:
      case M.ABORT: {
        const { reason, details } = message;
        const text = `the router ended the session: ${textOf(message)}`;
        const cause = message.type === M.ABORT ? new ConnectError(reason, text, details) : undefined;
        if (message.type === M.GOODBYE && this.state === "open") this.#send(link, GOODBYE_AND_OUT);
        this.#gone(new SessionEndedError(reason, text, { cause }), PASSING.test(reason));
        return link.close();
      }
      case M.WELCOME:
      case M.CHALLENGE:
        throw new ProtocolError(`the router sent a message of type ${message.type} in an established session`);
      default:
        this.receive(message);
    }
  }

  #lost(cause: Error | undefined): void {
    const text = cause === undefined ? "the router closed the connection" : `the connection was lost: ${cause.message}`;
    this.#gone(new SessionEndedError(TRANSPORT_LOST, text, { cause }), true);
  }

  /**
   * There is no session any more: connects again, after a random part of a time that doubles, so that many clients do not
   * come back at once; or ends for good.
   */
  #gone(error: SessionEndedError, mayReturn: boolean): void {
    const { reconnect, clock, random } = this.#settings;
    this.#link = undefined;
    this.#stop();
    this.#goodbye?.();
    if (this.state === "closed") return;
    if (reconnect === undefined || !(mayReturn || reconnect.retryAll)) return this.ended(error, error);
    const { minMs, maxMs } = reconnect;
    if (clock.monotonic() - this.#openSince > maxMs) this.#attempts = 0;
    this.#openSince = Infinity;
    this.#stop = clock.schedule(random() * Math.min(maxMs, minMs * 2 ** this.#attempts++), () => void this.#retry());
    this.lost(error);
  }

  async #retry(): Promise<void> {
    try {
      await this.#connect();
    } catch (cause) {
      const failed = new SessionEndedError(TRANSPORT_LOST, asError(cause).message, { cause });
      this.#gone(failed, !(cause instanceof ConnectError && FINAL.test(cause.reason)));
    }
  }

  /** Notices a router that is silent, where the platform does not. */
  #ping(link: Link): void {
    const { pingMs, clock } = this.#settings;
    if (pingMs === 0) return;
    this.#stop = clock.schedule(pingMs, () => {
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

  #send(link: Link, reason: Uri): void {
    const message: Goodbye = { type: M.GOODBYE, details: {}, reason };
    try {
      link.send(message);
    } catch {
      // It is closing anyway.
    }
  }
}
