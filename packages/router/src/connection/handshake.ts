import {
  ErrorUri,
  isUri,
  ProtocolError,
  type Account,
  type Authenticate,
  type ClientRole,
  type Connection,
  type Dict,
  type Hello,
  type Id,
  type PeerEvidence,
  type TransportInfo,
  type Uri,
  type WelcomeDetails,
} from "@kreuz/codec";
import type {
  AuthAccept,
  AuthChallenge,
  AuthDeny,
  Authenticator,
  AuthRequest,
  AuthStep,
} from "../auth/authenticator.js";
import type { Realm } from "../realm/realm.js";
import { checkAuthenticate, checkHello } from "./handshake-bounds.js";
import { peerFeatures, type PeerFeatures } from "../session/peer-features.js";
import type { SessionInfo } from "../session/session-info.js";
import type { AuthenticationResult } from "../stats/realm-stats.js";
import type { RouterServices } from "./router-services.js";

/** The client must answer a CHALLENGE. */
export interface Challenged {
  readonly type: "challenge";
  readonly authmethod: string;
  readonly extra: Dict;
}

/** The client may join: WELCOME, and it has a session. */
export interface Accepted {
  readonly type: "accept";
  readonly realm: Realm;
  readonly info: SessionInfo;
  readonly features: PeerFeatures;
  readonly welcome: WelcomeDetails;
}

/** The client is refused: ABORT. */
export interface Refused {
  readonly type: "refuse";
  readonly reason: Uri;
  readonly message: string;
  /** Whether the log has a line about it already. */
  readonly logged?: true;
}

/** What to answer to HELLO or AUTHENTICATE. */
export type HandshakeReply = Challenged | Accepted | Refused;

/** One client on its way into one realm. */
interface Attempt {
  readonly hello: Hello;
  readonly realm: Realm;
  readonly authenticator: Authenticator;
  readonly session: Id;
  /** When HELLO arrived, by the monotonic clock. */
  readonly started: number;
}

/** The roles a client may announce. */
const CLIENT_ROLES: readonly ClientRole[] = ["publisher", "subscriber", "caller", "callee"];

/** The method of clients that name none. */
const DEFAULT_METHODS: readonly string[] = ["anonymous"];

/** The evidence of a transport that can prove nothing. */
const NO_EVIDENCE: PeerEvidence = Object.freeze({});

/** Length of client text in logs and error messages. */
const MAX_SHOWN = 80;

/**
 * Decides how to answer HELLO and AUTHENTICATE (spec: "Session Establishment", "Authentication"). The connection sends
 * the answers; an authenticator that fails refuses the client.
 */
export class Handshake {
  readonly #connection: Connection;
  readonly #router: RouterServices;
  readonly #account: Account;
  #attempt: Attempt | undefined;
  #challenge: AuthChallenge | undefined;
  /** Whether the result was counted: there is one, and what comes after a time-out is none. */
  #counted = false;

  #hello: Hello | undefined;

  constructor(connection: Connection, router: RouterServices, account: Account) {
    this.#connection = connection;
    this.#router = router;
    this.#account = account;
  }

  /** @throws ProtocolError when HELLO announces no role of a client, or a part of it is too long. */
  hello(hello: Hello): HandshakeReply | Promise<HandshakeReply> {
    checkHello(hello);
    this.#hello = hello;
    const { realm: uri, details } = hello;
    if (!CLIENT_ROLES.some((role) => Object.hasOwn(details.roles, role)))
      throw new ProtocolError(`HELLO.Details.roles: expected at least one of ${CLIENT_ROLES.join(", ")}`);
    if (!isUri(uri)) return refused(ErrorUri.INVALID_URI, `realm "${uri.slice(0, MAX_SHOWN)}" is not a valid URI`);
    const realm = this.#router.realms.get(uri);
    if (realm === undefined || realm.closed)
      return refused(ErrorUri.NO_SUCH_REALM, `realm "${uri.slice(0, MAX_SHOWN)}" does not exist on this router`);
    const session = realm.newSessionId();
    const { transport, evidence = NO_EVIDENCE } = this.#connection;
    const { authid, authextra } = details;
    const account = this.#account;
    const request: AuthRequest = { realm: uri, session, authid, authextra, details, transport, evidence, account };
    const methods = details.authmethods?.length ? details.authmethods : DEFAULT_METHODS;
    const authenticator = this.#choose(realm, request, methods);
    if (authenticator === undefined) return tellRefused(realm, hello, transport, noMatchingMethod(realm, methods));
    const attempt = { hello, realm, authenticator, session, started: this.#router.clock.monotonic() };
    this.#attempt = attempt;
    return this.#run(attempt, () => authenticator.begin(request));
  }

  /** @throws ProtocolError when no CHALLENGE is open, or a part of AUTHENTICATE is too long. */
  authenticate(message: Authenticate): HandshakeReply | Promise<HandshakeReply> {
    const challenge = this.#challenge;
    if (challenge === undefined || this.#attempt === undefined)
      throw new ProtocolError("AUTHENTICATE without a CHALLENGE");
    this.#challenge = undefined;
    checkAuthenticate(message);
    return this.#run(this.#attempt, () => challenge.respond(message.signature, message.extra));
  }

  /** The client did not authenticate in time. */
  timedOut(): void {
    this.#count("timeout");
  }

  /** An answer could not be encoded for the client, which is the authenticator's fault. */
  unencodable(field: string): Refused {
    return this.#deny(this.#failed(new TypeError(`${field} cannot be encoded for the client`)));
  }

  /** The first method in the client's order that the realm offers and that applies. */
  #choose(realm: Realm, request: AuthRequest, methods: readonly string[]): Authenticator | undefined {
    for (const method of methods) {
      const authenticator = realm.authenticators.find((offered) => offered.method === method);
      if (authenticator !== undefined && this.#applies(authenticator, request)) return authenticator;
    }
    return undefined;
  }

  /** A method that fails to tell whether it applies does not. */
  #applies(authenticator: Authenticator, request: AuthRequest): boolean {
    try {
      return authenticator.applies?.(request) ?? true;
    } catch (error) {
      this.#router.logger.error({ error, realm: request.realm }, `authenticator "${authenticator.method}" failed`);
      return false;
    }
  }

  #run(attempt: Attempt, next: () => AuthStep | Promise<AuthStep>): HandshakeReply | Promise<HandshakeReply> {
    let step: AuthStep | Promise<AuthStep>;
    try {
      step = next();
    } catch (error) {
      step = this.#failed(error);
    }
    if (!(step instanceof Promise)) return this.#replyTo(attempt, step);
    return step.catch((error: unknown) => this.#failed(error)).then((settled) => this.#replyTo(attempt, settled));
  }

  #replyTo(attempt: Attempt, step: AuthStep): HandshakeReply {
    if (!isStep(step)) return this.#deny(this.#failed(new TypeError("expected accept, challenge or deny")));
    switch (step.type) {
      case "accept":
        return this.#accept(attempt, step);
      case "challenge":
        this.#challenge = step;
        return { type: "challenge", authmethod: attempt.authenticator.method, extra: step.extra };
      case "deny":
        return this.#deny(step);
    }
  }

  #accept({ hello, realm, authenticator, session }: Attempt, accepted: AuthAccept): Accepted | Refused {
    const { authid, authrole, authprovider, authextra, attributes } = accepted;
    this.#count("accepted");
    if (realm.closed) return refused(ErrorUri.NO_SUCH_REALM, `realm "${realm.uri}" was closed`);
    if (!realm.hasRole(authrole))
      return this.#refused(ErrorUri.NO_SUCH_ROLE, `role "${authrole}" does not exist in this realm`);
    const { sessionsPerRealm } = this.#router.limits;
    if (realm.sessions.size >= sessionsPerRealm) {
      this.#router.metrics.count("limit_sessions_per_realm");
      return this.#refused(ErrorUri.LIMIT_EXCEEDED, `realm is full (${sessionsPerRealm} sessions); try again later`);
    }
    const { uri } = realm;
    const { method: authmethod } = authenticator;
    const { transport } = this.#connection;
    // Written out, so that V8 needs no second object for the fields: it stays as long as the session.
    const info: SessionInfo = Object.freeze({
      session,
      realm: uri,
      authid,
      authrole,
      authmethod,
      authprovider,
      transport,
    });
    if (attributes !== undefined) realm.attributes.set(info, Object.freeze({ ...attributes }));
    const welcome: WelcomeDetails = {
      agent: this.#router.agent,
      roles: realm.features,
      realm: uri,
      authid,
      authrole,
      authmethod,
      authprovider,
      ...(authextra === undefined ? {} : { authextra }),
    };
    return { type: "accept", realm, info, features: peerFeatures(hello.details.roles), welcome };
  }

  /** The realm and the authid that the client asked for, for the log. */
  get asked(): { readonly realm?: Uri; readonly authid?: string | undefined } {
    if (this.#hello === undefined) return {};
    const { realm, details } = this.#hello;
    return { realm: realm.slice(0, MAX_SHOWN), authid: details.authid?.slice(0, MAX_SHOWN) };
  }

  #deny({ reason, message, detail, throttled = false }: AuthDeny): Refused {
    const failed = reason === ErrorUri.AUTHENTICATION_FAILED;
    this.#count(throttled ? "throttled" : failed ? "failed" : "denied");
    if (detail !== undefined) this.#logDetail(reason, detail);
    const isLogged = detail !== undefined || failed;
    return { ...this.#refused(reason, message, detail), ...(isLogged ? { logged: true } : {}) };
  }

  #count(result: AuthenticationResult): void {
    if (this.#counted || this.#attempt === undefined) return;
    this.#counted = true;
    const { realm, authenticator, started } = this.#attempt;
    realm.stats.authenticated(authenticator.method, result, this.#router.clock.monotonic() - started);
  }

  /** Refuses the client of this attempt, and tells the plugins. */
  #refused(reason: Uri, message: string, detail?: string): Refused {
    const refusal = refused(reason, message);
    if (this.#attempt === undefined) return refusal;
    const { realm, hello, authenticator } = this.#attempt;
    return tellRefused(realm, hello, this.#connection.transport, refusal, { authmethod: authenticator.method, detail });
  }

  /** Logs what the client is not told. */
  #logDetail(reason: Uri, detail: string): void {
    const { peer } = this.#connection.transport;
    const authmethod = this.#attempt?.authenticator.method;
    this.#router.logger.info({ peer, ...this.asked, authmethod, reason }, `authentication denied: ${detail}`);
  }

  /**
   * Logs the error and refuses without a reason: what an authenticator says when it fails may help an attacker. The client
   * did nothing wrong.
   */
  #failed(error: unknown): AuthDeny {
    const { authenticator } = this.#attempt!;
    const { peer } = this.#connection.transport;
    const fields = { error, peer, ...this.asked, authmethod: authenticator.method };
    const why = error instanceof Error ? `: ${error.message}` : "";
    this.#router.logger.error(fields, `authenticator "${authenticator.method}" failed${why}`);
    return { type: "deny", reason: ErrorUri.AUTHENTICATION_FAILED, message: "authentication could not be completed" };
  }
}

function refused(reason: Uri, message: string): Refused {
  return { type: "refuse", reason, message };
}

/** Tells the plugins of the realm. */
function tellRefused(
  { uri, services: { events } }: Realm,
  { details: { authid } }: Hello,
  transport: TransportInfo,
  refusal: Refused,
  { authmethod, detail }: { readonly authmethod?: string; readonly detail?: string | undefined } = {},
): Refused {
  if (events.has("joinRefused"))
    events.emit("joinRefused", {
      realm: uri,
      transport,
      ...(authmethod === undefined ? {} : { authmethod }),
      ...(authid === undefined ? {} : { claimedAuthid: authid.slice(0, MAX_SHOWN) }),
      reason: refusal.reason,
      ...(detail === undefined ? {} : { detail }),
    });
  return refusal;
}

function noMatchingMethod(realm: Realm, methods: readonly string[]): Refused {
  const offered = realm.authenticators.map(({ method }) => method).join(", ") || "none";
  const asked = methods.join(", ");
  const shown = asked.length > MAX_SHOWN ? `${asked.slice(0, MAX_SHOWN)}…` : asked;
  // Such as a cookie of an earlier login, or a client certificate.
  const lacking = realm.authenticators.map(({ method }) => method).filter((method) => methods.includes(method));
  const why = lacking.length === 0 ? "" : ` (this connection has no credentials for ${lacking.join(", ")})`;
  return refused(ErrorUri.NO_MATCHING_AUTH_METHOD, `asked for ${shown}; this realm offers ${offered}${why}`);
}

/** Authenticators may be plain JavaScript: one that returns nothing, or nonsense, has failed. */
function isStep(answer: unknown): answer is AuthStep {
  const type: unknown = typeof answer === "object" && answer !== null && "type" in answer ? answer.type : undefined;
  return type === "accept" || type === "challenge" || type === "deny";
}
