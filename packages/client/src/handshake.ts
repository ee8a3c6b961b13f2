import { MessageType as M, type Dict, type Message, type Uri } from "@kreuz/codec";
import type { SessionIdentity } from "@kreuz/session";
import type { AuthMethod, Exchange } from "./auth/auth-method.js";
import { ConnectError } from "./errors.js";
import type { Link } from "./transport.js";
import {
  AUTHENTICATION_FAILED,
  CLOSE_REALM,
  NO_MATCHING_AUTH_METHOD,
  PROTOCOL_VIOLATION,
  SYSTEM_SHUTDOWN,
} from "./uris.js";

/** What a client announces (spec: "Feature Announcement"). */
const ROLES = {
  publisher: {
    features: { publisher_exclusion: true, publisher_identification: true, subscriber_blackwhite_listing: true },
  },
  subscriber: {
    features: {
      pattern_based_subscription: true,
      publication_trustlevels: true,
      publisher_identification: true,
      event_retention: true,
      subscription_revocation: true,
    },
  },
  caller: {
    features: {
      call_canceling: true,
      call_timeout: true,
      caller_identification: true,
      progressive_call_results: true,
      progressive_call_invocations: true,
    },
  },
  callee: {
    features: {
      call_canceling: true,
      call_timeout: true,
      call_trustlevels: true,
      caller_identification: true,
      pattern_based_registration: true,
      progressive_call_results: true,
      progressive_call_invocations: true,
      registration_revocation: true,
      shared_registration: true,
    },
  },
};

/** What a handshake needs to know. */
export interface HandshakeSettings {
  readonly realm: Uri;
  readonly auth: readonly AuthMethod[];
  readonly authid?: string | undefined;
  readonly agent: string;
}

/** One handshake, from HELLO to WELCOME. */
export class Handshake {
  /** Resolves once the session is established. */
  readonly established: Promise<void>;
  readonly #link: Link;
  readonly #exchanges = new Map<string, Exchange>();
  #answered: Exchange | undefined;
  readonly #onWelcome: (identity: SessionIdentity) => void;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /** @param onWelcome - called before any later message is looked at. */
  constructor(link: Link, settings: HandshakeSettings, onWelcome: (identity: SessionIdentity) => void) {
    this.#link = link;
    this.#onWelcome = onWelcome;
    this.established = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#hello(settings).catch((error: unknown) => this.fail(error));
  }

  /** Handles a message before WELCOME. */
  receive(message: Message): void {
    switch (message.type) {
      case M.CHALLENGE:
        void this.#answer(message.authmethod, message.extra).catch((error: unknown) =>
          this.#refuse(AUTHENTICATION_FAILED, "the challenge of the router was refused", error),
        );
        return;
      case M.WELCOME: {
        const { session: id, details } = message;
        if (this.#answered?.verify?.(details.authextra ?? {}) === false)
          return this.#refuse(AUTHENTICATION_FAILED, "the router did not prove that it knows this client");
        this.#onWelcome({ id, details });
        return this.#resolve();
      }
      case M.ABORT: {
        const { reason, details } = message;
        const { message: text = "no reason given" } = details;
        return this.fail(
          new ConnectError(reason, `the router refused the session: ${String(text)} (${reason})`, details),
        );
      }
      default:
        this.#refuse(PROTOCOL_VIOLATION, `the router sent a message of type ${message.type} before WELCOME`);
    }
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  async #hello({ realm, auth, authid, agent }: HandshakeSettings): Promise<void> {
    const authextra: Record<string, unknown> = {};
    for (const method of auth) {
      const exchange = await method.begin(this.#link);
      this.#exchanges.set(method.authmethod, exchange);
      Object.assign(authextra, exchange.authextra);
    }
    const name = authid ?? auth.find((method) => method.authid !== undefined)?.authid;
    this.#link.send({
      type: M.HELLO,
      realm,
      details: {
        agent,
        roles: ROLES,
        ...(auth.length > 0 && { authmethods: auth.map(({ authmethod }) => authmethod), authextra }),
        ...(name !== undefined && { authid: name }),
      },
    });
  }

  async #answer(authmethod: string, extra: Dict): Promise<void> {
    const exchange = this.#exchanges.get(authmethod);
    if (exchange === undefined || this.#answered !== undefined)
      return this.#refuse(NO_MATCHING_AUTH_METHOD, `the router asked for method "${authmethod.slice(0, 80)}"`);
    this.#answered = exchange;
    const { signature, extra: more = {} } = await exchange.answer(extra);
    this.#link.send({ type: M.AUTHENTICATE, signature, extra: more });
  }

  #refuse(reason: Uri, text: string, cause?: unknown): void {
    this.#link.send({ type: M.ABORT, reason, details: { message: text }, payload: {} });
    this.fail(new ConnectError(reason, text, {}, { cause }));
  }
}

/** Reasons of ABORT after which another attempt would fail, too. */
const FINAL = /^wamp\.error\.(no_such_|no_matching_|not_auth|auth|protocol_)/;

/** Whether another attempt to connect may succeed. */
export function mayRetry(error: unknown): boolean {
  return !(error instanceof ConnectError) || !FINAL.test(error.reason);
}

/** Whether to come back after the router said GOODBYE. */
export function mayReturn(reason: Uri): boolean {
  return reason === SYSTEM_SHUTDOWN || reason === CLOSE_REALM;
}
