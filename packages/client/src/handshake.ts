import type { Challenge, Dict, RouterMessage, Uri } from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import type { SessionIdentity } from "@kreuz/session";
import type { AuthMethod, Exchange } from "./auth/auth-method.js";
import { ConnectError } from "./errors.js";
import type { Link, LinkEvents, Transport } from "./transport.js";
import { AUTHENTICATION_FAILED, NO_MATCHING_AUTH_METHOD, PROTOCOL_VIOLATION } from "./uris.js";

/** What a client announces (spec: "Feature Announcement"). */
const ROLES = {
  publisher: features("publisher_exclusion publisher_identification subscriber_blackwhite_listing"),
  subscriber: features(
    "pattern_based_subscription publication_trustlevels publisher_identification event_retention subscription_revocation",
  ),
  caller: features(
    "call_canceling call_timeout caller_identification progressive_call_results progressive_call_invocations",
  ),
  callee: features(
    "call_canceling call_timeout caller_identification progressive_call_results progressive_call_invocations " +
      "call_trustlevels pattern_based_registration registration_revocation shared_registration",
  ),
};

function features(names: string): { readonly features: Record<string, true> } {
  return { features: Object.fromEntries(names.split(" ").map((name) => [name, true])) };
}

/** What a handshake needs to know. */
export interface HandshakeSettings {
  readonly transport: Transport;
  readonly realm: Uri;
  readonly auth: readonly AuthMethod[];
  readonly authid: string | undefined;
  readonly agent: string;
}

/** Whoever a session is established for. It has what arrives afterwards. */
export interface LinkOwner extends LinkEvents {
  /** Called before any later message is looked at. */
  onOpen(link: Link, identity: SessionIdentity): void;
}

/**
 * Opens a link and a session on it, from HELLO to WELCOME.
 *
 * @param signal - gives up.
 * @throws ConnectError, or the error of the transport, or the signal's reason.
 */
export function openSession(settings: HandshakeSettings, signal: AbortSignal, owner: LinkOwner): Promise<void> {
  return new Promise((resolve, reject) => {
    const handshake = new Handshake(settings, owner, resolve, reject);
    signal.addEventListener("abort", () => handshake.fail(signal.reason));
    handshake.begin(signal).catch((error: unknown) => handshake.fail(error));
  });
}

class Handshake implements LinkEvents {
  readonly #settings: HandshakeSettings;
  readonly #owner: LinkOwner;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #exchanges = new Map<string, Exchange>();
  #state: "begun" | "open" | "failed" = "begun";
  #link: Link | undefined;
  #answered: Exchange | undefined;

  constructor(settings: HandshakeSettings, owner: LinkOwner, resolve: () => void, reject: (error: unknown) => void) {
    this.#settings = settings;
    this.#owner = owner;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  fail(error: unknown): void {
    if (this.#state !== "begun") return;
    this.#state = "failed";
    this.#link?.close();
    this.#reject(error);
  }

  onMessage(message: RouterMessage): void {
    if (this.#state === "open") this.#owner.onMessage(message);
    else if (this.#state === "begun" && this.#link !== undefined) this.#receive(this.#link, message);
  }

  onClose(error?: Error): void {
    if (this.#state === "open") this.#owner.onClose(error);
    else this.fail(error ?? new Error("the router closed the connection before the session was established"));
  }

  async begin(signal: AbortSignal): Promise<void> {
    const { transport, realm, auth, authid, agent } = this.#settings;
    const link = await transport.open(this, signal);
    if (this.#state === "failed") return link.close();
    this.#link = link;
    const authextra: Record<string, unknown> = {};
    for (const method of auth) {
      const exchange = await method.begin(link);
      this.#exchanges.set(method.authmethod, exchange);
      Object.assign(authextra, exchange.authextra);
    }
    const name = authid ?? auth.find((method) => method.authid !== undefined)?.authid;
    link.send({
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

  #receive(link: Link, message: RouterMessage): void {
    switch (message.type) {
      case M.CHALLENGE:
        this.#answer(link, message).catch((error: unknown) =>
          this.#refuse(link, AUTHENTICATION_FAILED, "the challenge of the router was refused", error),
        );
        return;
      case M.WELCOME: {
        const { session: id, details } = message;
        if (this.#answered?.verify?.(details.authextra ?? {}) === false)
          return this.#refuse(link, AUTHENTICATION_FAILED, "the router did not prove that it knows this client");
        this.#state = "open";
        this.#owner.onOpen(link, { id, details });
        return this.#resolve();
      }
      case M.ABORT:
        return this.fail(
          new ConnectError(message.reason, `the router refused the session: ${textOf(message)}`, message.details),
        );
      default:
        this.#refuse(link, PROTOCOL_VIOLATION, `the router sent a message of type ${message.type} before WELCOME`);
    }
  }

  async #answer(link: Link, { authmethod, extra }: Challenge): Promise<void> {
    const exchange = this.#exchanges.get(authmethod);
    if (exchange === undefined || this.#answered !== undefined)
      return this.#refuse(link, NO_MATCHING_AUTH_METHOD, `the router asked for method "${authmethod.slice(0, 80)}"`);
    this.#answered = exchange;
    const { signature, extra: more = {} } = await exchange.answer(extra);
    link.send({ type: M.AUTHENTICATE, signature, extra: more });
  }

  #refuse(link: Link, reason: Uri, text: string, cause?: unknown): void {
    link.send({ type: M.ABORT, reason, details: { message: text }, payload: {} });
    this.fail(new ConnectError(reason, text, {}, { cause }));
  }
}

/** What ABORT or GOODBYE says, for people. */
export function textOf({ reason, details }: { readonly reason: Uri; readonly details: Dict }): string {
  return `${String(details["message"] ?? "no reason given")} (${reason})`;
}
