import {
  ClientCutError,
  CloseUri,
  EMPTY_PAYLOAD,
  ErrorUri,
  isUri,
  MessageType as M,
  messageName,
  OutboxOverflowError,
  PayloadError,
  ProtocolError,
  type Account,
  type CloseStatus,
  type Connection,
  type ConnectionHandler,
  type Cut,
  type Goodbye,
  type Message,
  type Uri,
} from "@kreuz/codec";
import type { Departure, DepartureCause } from "../session/session-info.js";
import { SessionActivity } from "../session/session-activity.js";
import type { RealmStats } from "../stats/realm-stats.js";
import { ClientSender } from "./client-sender.js";
import { ClientSession, type SessionOwner } from "./client-session.js";
import { Handshake, type Accepted, type Challenged, type HandshakeReply } from "./handshake.js";
import { Rates } from "./rates.js";
import { ReadPause } from "./read-pause.js";
import type { Farewell, OpenConnection, RouterServices } from "./router-services.js";

/**
 * `opening`: HELLO or AUTHENTICATE is expected. `ending`: GOODBYE was sent, and its answer is expected. `closed`: whatever
 * still arrives is ignored.
 *
 *     opening ─WELCOME─► established ─kill, shutdown─► ending ─GOODBYE, timeout─► closed
 *        ▲                    │
 *        └─ client's GOODBYE ─┘               any phase ─ABORT, lost transport─► closed
 */
type Phase = "opening" | "established" | "ending" | "closed";

/**
 * One client connection, from the first frame to the last. Sessions come and go on it: after a client's GOODBYE the
 * same transport may carry a new HELLO (spec: "Transport and Session Lifetime").
 */
export class ClientConnection implements ConnectionHandler, SessionOwner, OpenConnection {
  readonly #connection: Connection;
  readonly #router: RouterServices;
  readonly #rates: Rates;
  readonly #reading: ReadPause;
  readonly #sender: ClientSender;
  readonly #account: Account;
  #phase: Phase = "opening";
  #handshake: Handshake | undefined;
  #session: ClientSession | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(connection: Connection, router: RouterServices) {
    this.#connection = connection;
    this.#router = router;
    this.#rates = new Rates(router);
    this.#reading = new ReadPause(connection, router.clock);
    this.#sender = new ClientSender(connection, router);
    // A transport that opened an account itself closes it, too.
    this.#account = connection.account ?? router.budget.open({ cut: (cut) => this.onCut(cut) });
    this.#schedule(router.limits.handshakeTimeout, () => this.#handshakeTimedOut());
  }

  onFrame(frame: Uint8Array): void {
    if (this.#phase === "closed") return;
    const { length } = frame;
    const { activity } = this.#sender;
    activity.messagesIn++;
    activity.bytesIn += length;
    activity.lastReceived = this.#router.clock.monotonic();
    if (this.#phase === "opening" && length > this.#router.limits.handshakeMessageBytes)
      return this.#messageTooLong(length);
    try {
      const waiting = this.#receive(this.#connection.codec.decode(frame));
      if (waiting !== undefined) this.#pauseUntil(waiting);
    } catch (error) {
      this.#failed(error);
    }
    this.#count(length);
  }

  onDrain(): void {
    this.#sender.drained();
  }

  onControlFrame(bytes: number): void {
    this.#count(bytes);
  }

  /** The client holds too much, or makes room for a newer one. Whatever waits for it is dropped with the connection. */
  onCut({ reason, message }: Cut): void {
    if (reason !== "newer-client") this.#router.metrics.count("limit_memory");
    this.#abort(ErrorUri.LIMIT_EXCEEDED, message, "policy-violation", "memory");
  }

  onClose(error?: Error): void {
    const cause = error instanceof OutboxOverflowError ? "slow" : error instanceof ClientCutError ? "memory" : "lost";
    if (cause === "slow") this.#router.metrics.count("limit_outbox_bytes");
    // A client that did not read was not told.
    if (cause === "memory" && this.#phase !== "closed") this.#router.metrics.count("limit_memory");
    const message = error?.message ?? "the transport was closed";
    this.#finish({ reason: CloseUri.TRANSPORT_LOST, message, cause });
  }

  endSession(session: ClientSession, departure: Departure): void {
    if (session !== this.#session) return;
    const details = departure.message === undefined ? {} : { message: departure.message };
    this.#sender.send({ type: M.GOODBYE, details, reason: departure.reason });
    this.#phase = "ending";
    this.#leave(departure);
    this.#schedule(this.#router.limits.goodbyeTimeout, () => this.#closeLate("limit_goodbye_timeout"));
  }

  shutdown(departure: Departure, farewell: Farewell): void {
    if (this.#phase === "closed" || this.#phase === "ending") return;
    const message = departure.message ?? "the router is shutting down";
    if (farewell === "close") {
      this.#finish(departure);
      this.#connection.close("going-away", message);
    } else if (this.#session !== undefined) this.endSession(this.#session, departure);
    else this.#abort(departure.reason, message, "going-away", "shutdown");
  }

  /** Counts what the client sent, and reads on later if it was too much. */
  #count(bytes: number): void {
    const delay = this.#rates.message(bytes);
    if (delay > 0) this.#reading.holdFor(delay);
  }

  #receive(message: Message): Promise<void> | undefined {
    if (message.type === M.HELLO && this.#session === undefined) this.#sender.stats = this.#statsOf(message.realm);
    this.#sender.stats.received[message.type]!++;
    if (this.#session !== undefined && message.type !== M.GOODBYE && message.type !== M.ABORT)
      return this.#session.receive(message);
    switch (message.type) {
      case M.GOODBYE:
        return this.#goodbye(message);
      case M.ABORT:
        this.#finish({ reason: reasonOf(message.reason), message: "the client aborted", cause: "aborted" });
        this.#connection.close();
        return undefined;
    }
    // Everything but the answer to GOODBYE is ignored (spec: state "SHUTTING DOWN").
    return this.#phase === "ending" ? undefined : this.#establish(message);
  }

  /** Where a client is counted that wants to join a realm. */
  #statsOf(realm: Uri): RealmStats {
    return this.#router.realms.get(realm)?.stats ?? this.#router.stats;
  }

  /** Before WELCOME no message is decoded that is longer than any HELLO has to be. */
  #messageTooLong(length: number): void {
    this.#router.metrics.count("limit_handshake_message_bytes");
    const { handshakeMessageBytes } = this.#router.limits;
    const message = `the message has ${length} bytes; before WELCOME the maximum is ${handshakeMessageBytes}`;
    this.#abort(ErrorUri.LIMIT_EXCEEDED, message, "message-too-big");
  }

  /** Stops reading until the promise settles; its error is handled like that of any message. */
  #pauseUntil(promise: Promise<void>): void {
    this.#reading.hold();
    void promise.then(
      () => this.#reading.release(),
      (error: unknown) => {
        this.#failed(error);
        this.#reading.release();
      },
    );
  }

  #establish(message: Message): Promise<void> | undefined {
    if (this.#handshake === undefined && message.type === M.HELLO) {
      this.#rates.join();
      this.#handshake = new Handshake(this.#connection, this.#router, this.#account);
      this.#schedule(this.#router.limits.authenticationTimeout, () => this.#authenticationTimedOut());
      return this.#proceed(this.#handshake, this.#handshake.hello(message));
    }
    if (this.#handshake !== undefined && message.type === M.AUTHENTICATE)
      return this.#proceed(this.#handshake, this.#handshake.authenticate(message));
    const expected = this.#handshake === undefined ? "HELLO" : "AUTHENTICATE";
    throw new ProtocolError(`expected ${expected}, got ${messageName(message.type)}: no session is established yet`);
  }

  #proceed(handshake: Handshake, reply: HandshakeReply | Promise<HandshakeReply>): Promise<void> | undefined {
    if (reply instanceof Promise) return reply.then((settled) => this.#take(handshake, settled));
    this.#take(handshake, reply);
    return undefined;
  }

  #take(handshake: Handshake, reply: HandshakeReply): void {
    // The handshake may have timed out, or its transport closed, while the authenticator decided.
    if (handshake !== this.#handshake) return;
    switch (reply.type) {
      case "challenge":
        return this.#challenge(handshake, reply);
      case "accept":
        return this.#welcome(handshake, reply);
      case "refuse":
        return this.#abort(reply.reason, reply.message, "normal", "violation", reply.logged);
    }
  }

  #challenge(handshake: Handshake, { authmethod, extra }: Challenged): void {
    if (this.#sender.send({ type: M.CHALLENGE, authmethod, extra }) !== "sent")
      this.#take(handshake, handshake.unencodable("CHALLENGE.Extra"));
  }

  #welcome(handshake: Handshake, { realm, info, features, welcome }: Accepted): void {
    const outcome = this.#sender.send({ type: M.WELCOME, session: info.session, details: welcome });
    if (outcome === "too-long")
      return this.#abort(ErrorUri.PAYLOAD_SIZE_EXCEEDED, "WELCOME exceeds the message length that the client accepts");
    if (outcome !== "sent") return this.#take(handshake, handshake.unencodable("WELCOME.Details.authextra"));
    this.#handshake = undefined;
    this.#cancel();
    this.#phase = "established";
    this.#sender.activity = new SessionActivity(this.#router.clock.monotonic(), this.#connection.bytesSent);
    this.#session = new ClientSession(this, this.#sender, realm, this.#router, info, features, this.#account);
    this.#account.authenticated = true;
    this.#rates.setRole(realm.limitsOf(info.authrole));
    realm.join(this.#session);
  }

  #goodbye({ reason }: Goodbye): undefined {
    if (this.#phase === "ending") {
      this.#close();
      return;
    }
    if (this.#session === undefined) throw new ProtocolError("GOODBYE before a session was established");
    this.#sender.send({ type: M.GOODBYE, details: {}, reason: CloseUri.GOODBYE_AND_OUT });
    this.#leave({ reason: reasonOf(reason), cause: "goodbye" });
    this.#account.authenticated = false;
    this.#rates.setRole(undefined);
    this.#phase = "opening";
    this.#schedule(this.#router.limits.handshakeTimeout, () => this.#closeLate("limit_handshake_timeout"));
  }

  /** Ends the connection with ABORT. */
  #abort(
    reason: Uri,
    message: string,
    status: CloseStatus = "normal",
    cause: DepartureCause = "violation",
    logged = false,
  ): void {
    if (this.#phase === "closed") return;
    // After GOODBYE the session is over, and an ABORT would only confuse the client.
    if (this.#phase !== "ending")
      this.#sender.send({ type: M.ABORT, details: { message }, reason, payload: EMPTY_PAYLOAD });
    const { peer } = this.#connection.transport;
    const who = this.#session?.info ?? { session: undefined, ...this.#handshake?.asked };
    const { session, realm, authid } = who;
    if (!logged) this.#router.logger.info({ peer, session, realm, authid, reason }, `connection aborted: ${message}`);
    this.#finish({ reason, message, cause });
    this.#connection.close(status, message);
  }

  /** Whatever fails while a message is handled ends this connection and nothing else. */
  #failed(error: unknown): void {
    if (error instanceof PayloadError && this.#session?.refusePayload(error) === true) return;
    if (error instanceof ProtocolError) {
      this.#sender.stats.protocolViolations++;
      return this.#abort(error.uri, error.message, "protocol-error");
    }
    const { peer } = this.#connection.transport;
    this.#router.logger.error({ error, peer }, "a message could not be handled; this is a bug in the router");
    this.#abort(ErrorUri.RUNTIME_ERROR, "the router failed to handle a message", "internal-error", "failure");
  }

  #handshakeTimedOut(): void {
    this.#router.metrics.count("limit_handshake_timeout");
    const { handshakeTimeout } = this.#router.limits;
    this.#abort(ErrorUri.TIMEOUT, `no HELLO within ${handshakeTimeout} ms`, "policy-violation");
  }

  #authenticationTimedOut(): void {
    this.#router.metrics.count("limit_authentication_timeout");
    this.#handshake?.timedOut();
    const message = `not authenticated within ${this.#router.limits.authenticationTimeout} ms`;
    this.#abort(ErrorUri.AUTHENTICATION_FAILED, message, "policy-violation");
  }

  /** Closes without ABORT, which a client that sent or received GOODBYE does not expect. */
  #closeLate(limit: "limit_handshake_timeout" | "limit_goodbye_timeout"): void {
    this.#router.metrics.count(limit);
    this.#close();
  }

  #schedule(delay: number, callback: () => void): void {
    this.#cancel();
    this.#cancelTimer = this.#router.clock.schedule(delay, callback);
  }

  /** Drops the timer, too: an idle session should not keep its handshake's closures in memory. */
  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #leave(departure: Departure): void {
    const session = this.#session;
    this.#session = undefined;
    session?.leave(departure);
  }

  #finish(departure: Departure): void {
    this.#phase = "closed";
    this.#cancel();
    this.#reading.close();
    this.#handshake = undefined;
    this.#router.connections.delete(this);
    this.#leave(departure);
    if (this.#connection.account === undefined) this.#account.close();
  }

  #close(): void {
    this.#finish({ reason: CloseUri.NORMAL, cause: "goodbye" });
    this.#connection.close();
  }
}

/** A client may send anything as a reason; plugins and logs get it only when it is a URI. */
function reasonOf(reason: string): Uri {
  return isUri(reason) ? reason : CloseUri.NORMAL;
}
