import {
  CloseUri,
  EMPTY_PAYLOAD,
  ErrorUri,
  isUri,
  MessageType as M,
  messageName,
  OutboxOverflowError,
  ProtocolError,
  type CloseStatus,
  type Connection,
  type ConnectionHandler,
  type Goodbye,
  type Message,
  type RouterMessage,
  type Uri,
  type Welcome,
} from "@kreuz/codec";
import type { ClientSession } from "./client-session.js";
import { Handshake, type HandshakeLink } from "./handshake.js";
import { Inbox } from "./read-pause.js";
import { Outlet } from "./client-sender.js";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { Realm } from "../realm/realm.js";
import type { OpenConnection, RouterServices } from "./router-services.js";
import type { Refusal, Session } from "../session/session.js";
import type { Departure } from "../session/session-info.js";

/** `ending`: GOODBYE is sent and its answer awaited. `closed`: nothing that still arrives counts. */
type Phase = "opening" | "established" | "ending" | "closed";

/**
 * One client connection, from the first frame to the last. Sessions come and go on it: after a client's GOODBYE the
 * same transport may carry a new HELLO (spec: "Transport and Session Lifetime").
 */
export class ClientConnection implements ConnectionHandler, HandshakeLink, OpenConnection {
  readonly #connection: Connection;
  readonly #router: RouterServices;
  readonly #inbox: Inbox;
  readonly #outlet: Outlet;
  #phase: Phase = "opening";
  #handshake: Handshake | undefined;
  #session: ClientSession | undefined;
  #realm: Realm | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(connection: Connection, router: RouterServices) {
    this.#connection = connection;
    this.#router = router;
    this.#inbox = new Inbox(connection, router, (frame) => this.#accept(frame));
    this.#outlet = new Outlet(connection, router);
    this.#schedule(router.limits.handshakeTimeout, () => this.#tooLate("limit_handshake_timeout"));
  }

  onFrame(frame: Uint8Array): void {
    this.#inbox.put(frame);
  }

  onDrain(): void {
    this.#outlet.drained();
  }

  onClose(error?: Error): void {
    if (error instanceof OutboxOverflowError) this.#router.metrics.count("limit_outbox_bytes");
    this.#finish({ reason: CloseUri.TRANSPORT_LOST, message: error?.message ?? "the transport was closed" });
  }

  /** Sends to the client, as long as `session` is the one on this connection. */
  send(session: Session, message: RouterMessage): boolean {
    return session !== this.#session || this.#outlet.send(message);
  }

  get refusal(): Refusal {
    return this.#outlet.refusal;
  }

  sendEvent(session: Session, event: OutgoingEvent): void {
    if (session !== this.#session || this.#outlet.sendEvent(event) || this.#router.slowConsumer === "drop") return;
    const departure = { reason: ErrorUri.LIMIT_EXCEEDED, message: "the client reads its events too slowly" };
    // Not at once: the event that brought this about is still on its way to others.
    queueMicrotask(() => this.endSession(session, departure));
  }

  /** Sends CHALLENGE. @returns `false` when it cannot be encoded. */
  challenge(authmethod: string, extra: Readonly<Record<string, unknown>>): boolean {
    return this.#outlet.send({ type: M.CHALLENGE, authmethod, extra });
  }

  /**
   * The client is known and has a session from now on.
   * @returns `false` when WELCOME cannot be encoded: then there is no session.
   */
  establish(realm: Realm, session: ClientSession, welcome: Welcome): boolean {
    if (!this.#outlet.send(welcome)) return false;
    this.#handshake = undefined;
    this.#cancel();
    this.#phase = "established";
    this.#realm = realm;
    this.#session = session;
    realm.join(session);
    realm.services.events.emit("sessionJoined", session.info);
    return true;
  }

  /**
   * Sends GOODBYE, takes the session out of its realm at once, and closes the transport when the client answers or the
   * time for that is over.
   */
  endSession(session: Session, departure: Departure): void {
    if (session !== this.#session) return;
    const details = departure.message === undefined ? {} : { message: departure.message };
    this.#outlet.send({ type: M.GOODBYE, details, reason: departure.reason });
    this.#phase = "ending";
    this.#leave(departure);
    this.#schedule(this.#router.limits.goodbyeTimeout, () => this.#closeLate("limit_goodbye_timeout"));
  }

  /** Ends the connection with ABORT. */
  abort(reason: Uri, message: string, status: CloseStatus = "normal"): void {
    if (this.#phase === "closed") return;
    // After GOODBYE the session is over, and an ABORT would only confuse the client.
    if (this.#phase !== "ending")
      this.#outlet.send({ type: M.ABORT, details: { message }, reason, payload: EMPTY_PAYLOAD });
    this.#router.logger.info({ peer: this.#connection.transport.peer, reason }, `connection aborted: ${message}`);
    this.#finish({ reason, message });
    this.#connection.close(status, message);
  }

  /** The router stops: a session gets GOODBYE, a client that has none yet ABORT. */
  shutdown(departure: Departure): void {
    if (this.#session !== undefined) this.endSession(this.#session, departure);
    else if (this.#phase === "opening") this.abort(departure.reason, "the router is shutting down", "going-away");
  }

  /**
   * Holds back what the client sends next until the promise settles. The outcome is dropped when the session or
   * handshake that waits for it is over by then.
   */
  hold<T>(promise: Promise<T>, then: (value: T) => void): void {
    const waiting = this.#session ?? this.#handshake;
    this.#inbox.hold(promise, (run) => {
      if ((this.#session ?? this.#handshake) === waiting) this.#guard(() => then(run()));
    });
  }

  #accept(frame: Uint8Array): void {
    if (this.#phase === "closed") return;
    // Not by `#guard`: a function for every frame would be garbage for every frame.
    try {
      this.#receive(this.#connection.codec.decode(frame));
    } catch (error) {
      this.#failed(error);
    }
  }

  #receive(message: Message): void {
    if (this.#session !== undefined && message.type !== M.GOODBYE && message.type !== M.ABORT)
      return this.#session.receive(message);
    switch (message.type) {
      case M.GOODBYE:
        return this.#goodbye(message);
      case M.ABORT:
        this.#finish({ reason: reasonOf(message.reason), message: "the client aborted" });
        return this.#connection.close();
    }
    // Everything but the answer to GOODBYE is ignored (spec: state "SHUTTING DOWN").
    if (this.#phase !== "ending") this.#establishing(message);
  }

  #establishing(message: Message): void {
    if (this.#handshake === undefined && message.type === M.HELLO) {
      this.#inbox.countJoin();
      this.#handshake = new Handshake(this, this.#connection, this.#router);
      this.#schedule(this.#router.limits.authenticationTimeout, () => this.#tooLate("limit_authentication_timeout"));
      return this.#handshake.hello(message);
    }
    if (this.#handshake !== undefined && message.type === M.AUTHENTICATE) return this.#handshake.authenticate(message);
    const expected = this.#handshake === undefined ? "HELLO" : "AUTHENTICATE";
    throw new ProtocolError(`expected ${expected}, got ${messageName(message.type)}: no session is established yet`);
  }

  #goodbye({ reason }: Goodbye): void {
    if (this.#phase === "ending") return this.#close();
    if (this.#session === undefined) throw new ProtocolError("GOODBYE before a session was established");
    this.#outlet.send({ type: M.GOODBYE, details: {}, reason: CloseUri.GOODBYE_AND_OUT });
    this.#leave({ reason: reasonOf(reason) });
    this.#phase = "opening";
    this.#schedule(this.#router.limits.handshakeTimeout, () => this.#closeLate("limit_handshake_timeout"));
  }

  /** Runs what a message sets off later. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Whatever goes wrong with a message ends this connection and nothing else. */
  #failed(error: unknown): void {
    if (error instanceof ProtocolError) {
      this.#router.metrics.count("protocol_violations");
      return this.abort(error.uri, error.message, "protocol-error");
    }
    this.#router.logger.error({ error }, "a message could not be handled: this is a fault of the router");
    this.abort(ErrorUri.RUNTIME_ERROR, "the router failed to handle a message", "internal-error");
  }

  #tooLate(limit: "limit_handshake_timeout" | "limit_authentication_timeout"): void {
    const { handshakeTimeout, authenticationTimeout } = this.#router.limits;
    this.#router.metrics.count(limit);
    if (limit === "limit_handshake_timeout")
      this.abort(ErrorUri.TIMEOUT, `no HELLO within ${handshakeTimeout} ms`, "policy-violation");
    else
      this.abort(
        ErrorUri.AUTHENTICATION_FAILED,
        `not authenticated within ${authenticationTimeout} ms`,
        "policy-violation",
      );
  }

  /** A client that has said or heard GOODBYE is owed no ABORT. */
  #closeLate(limit: "limit_handshake_timeout" | "limit_goodbye_timeout"): void {
    this.#router.metrics.count(limit);
    this.#close();
  }

  #schedule(delay: number, callback: () => void): void {
    this.#cancel();
    this.#cancelTimer = this.#router.clock.schedule(delay, callback);
  }

  /** And lets go of it: a session that rests for hours should not keep what its handshake needed. */
  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #leave(departure: Departure): void {
    const [realm, session] = [this.#realm, this.#session];
    this.#session = undefined;
    this.#realm = undefined;
    if (session !== undefined) realm?.leave(session, departure);
  }

  #finish(departure: Departure): void {
    this.#phase = "closed";
    this.#cancel();
    this.#inbox.close();
    this.#handshake = undefined;
    this.#router.connections.delete(this);
    this.#leave(departure);
  }

  #close(): void {
    this.#finish({ reason: CloseUri.NORMAL });
    this.#connection.close();
  }
}

/** What a client says for a reason may be anything; plugins and logs get it only when it is a URI. */
function reasonOf(reason: string): Uri {
  return isUri(reason) ? reason : CloseUri.NORMAL;
}
