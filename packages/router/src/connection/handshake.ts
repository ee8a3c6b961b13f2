import {
  ErrorUri,
  isUri,
  MessageType as M,
  ProtocolError,
  type Authenticate,
  type Connection,
  type Dict,
  type Hello,
  type Id,
  type PeerEvidence,
  type Uri,
  type Welcome,
  type WelcomeDetails,
} from "@kreuz/codec";
import type { AuthAccept, AuthChallenge, AuthDeny, Authenticator, AuthRequest, AuthStep } from "../auth/authenticator.js";
import { ClientSession, type SessionLink } from "./client-session.js";
import { CLIENT_ROLES } from "../realm/features.js";
import { peerFeatures } from "../session/peer-features.js";
import type { Realm } from "../realm/realm.js";
import type { RouterServices } from "./router-services.js";
import type { SessionInfo } from "../session/session-info.js";

/** What a handshake needs of the connection that it is about. */
export interface HandshakeLink extends SessionLink {
  /** Sends CHALLENGE. @returns `false` when it cannot be encoded. */
  challenge(authmethod: string, extra: Dict): boolean;
  /** The client has a session from now on. @returns `false` when WELCOME cannot be encoded: then it has none. */
  establish(realm: Realm, session: ClientSession, welcome: Welcome): boolean;
  /** Ends the connection with ABORT. */
  abort(reason: Uri, message: string): void;
}

/** One client on its way into one realm. */
interface Attempt {
  readonly hello: Hello;
  readonly realm: Realm;
  readonly authenticator: Authenticator;
  readonly session: Id;
}

/** What clients ask for when they name no method. */
const DEFAULT_METHODS: readonly string[] = ["anonymous"];

/** Of a transport that can prove nothing. */
const NO_EVIDENCE: PeerEvidence = Object.freeze({});

/** From HELLO to WELCOME or ABORT (spec: "Session Establishment", "Authentication"). */
export class Handshake {
  readonly #link: HandshakeLink;
  readonly #connection: Connection;
  readonly #router: RouterServices;
  #attempt: Attempt | undefined;
  #challenge: AuthChallenge | undefined;

  constructor(link: HandshakeLink, connection: Connection, router: RouterServices) {
    this.#link = link;
    this.#connection = connection;
    this.#router = router;
  }

  hello(hello: Hello): void {
    const { realm: uri, details } = hello;
    if (!CLIENT_ROLES.some((role) => Object.hasOwn(details.roles, role)))
      throw new ProtocolError(`HELLO.Details.roles: expected at least one of ${CLIENT_ROLES.join(", ")}`);
    if (!isUri(uri)) return this.#refuse(ErrorUri.INVALID_URI, `realm "${uri.slice(0, 80)}" is not a valid URI`);
    const realm = this.#router.realms.get(uri);
    if (realm === undefined || realm.closed)
      return this.#refuse(ErrorUri.NO_SUCH_REALM, `realm "${uri}" does not exist on this router`);
    const session = realm.newSessionId();
    const { transport, evidence = NO_EVIDENCE } = this.#connection;
    const { authid, authextra } = details;
    const request: AuthRequest = { realm: uri, session, authid, authextra, details, transport, evidence };
    const authenticator = this.#choose(realm, request);
    if (authenticator === undefined) return;
    const attempt = { hello, realm, authenticator, session };
    this.#attempt = attempt;
    this.#proceed(attempt, () => authenticator.begin(request));
  }

  /** @throws ProtocolError when no CHALLENGE is open. */
  authenticate({ signature, extra }: Authenticate): void {
    const challenge = this.#challenge;
    if (challenge === undefined || this.#attempt === undefined)
      throw new ProtocolError("AUTHENTICATE without a CHALLENGE");
    this.#challenge = undefined;
    this.#proceed(this.#attempt, () => challenge.respond(signature, extra));
  }

  /** The first method in the client's order that the realm offers, and that has something to go by. */
  #choose(realm: Realm, request: AuthRequest): Authenticator | undefined {
    const asked = request.details.authmethods ?? [];
    const methods = asked.length === 0 ? DEFAULT_METHODS : asked;
    for (const method of methods) {
      const authenticator = realm.authenticators.find((offered) => offered.method === method);
      if (authenticator !== undefined && this.#applies(authenticator, request)) return authenticator;
    }
    const offered = realm.authenticators.map(({ method }) => method).join(", ") || "none";
    const text = methods.join(", ");
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    this.#refuse(ErrorUri.NO_MATCHING_AUTH_METHOD, `asked for ${shown}; this realm offers ${offered}`);
    return undefined;
  }

  /** A method that cannot even say whether it applies does not. */
  #applies(authenticator: Authenticator, request: AuthRequest): boolean {
    try {
      return authenticator.applies?.(request) ?? true;
    } catch (error) {
      this.#router.logger.error({ error, realm: request.realm }, `authenticator "${authenticator.method}" failed`);
      return false;
    }
  }

  #proceed(attempt: Attempt, next: () => AuthStep | Promise<AuthStep>): void {
    let step: AuthStep | Promise<AuthStep>;
    try {
      step = next();
    } catch (error) {
      step = this.#failed(attempt, error);
    }
    if (!(step instanceof Promise)) return this.#take(attempt, step);
    const settled = step.catch((error: unknown) => this.#failed(attempt, error));
    this.#link.hold(settled, (outcome) => this.#take(attempt, outcome));
  }

  #take(attempt: Attempt, step: AuthStep): void {
    if (!isStep(step)) return this.#deny(this.#failed(attempt, new TypeError("expected accept, challenge or deny")));
    switch (step.type) {
      case "accept":
        return this.#welcome(attempt, step);
      case "challenge":
        return this.#ask(attempt, step);
      case "deny":
        return this.#deny(step);
    }
  }

  #ask(attempt: Attempt, challenge: AuthChallenge): void {
    this.#challenge = challenge;
    if (this.#link.challenge(attempt.authenticator.method, challenge.extra)) return;
    this.#deny(this.#failed(attempt, new TypeError("CHALLENGE.Extra cannot be encoded for the client")));
  }

  #deny({ reason, message, detail }: AuthDeny): void {
    this.#router.metrics.count("authentications_denied");
    if (detail !== undefined) this.#explain(detail);
    this.#refuse(reason, message);
  }

  /** Says in the log what the client is not told. */
  #explain(detail: string): void {
    const { peer } = this.#connection.transport;
    const { realm, details } = this.#attempt?.hello ?? {};
    const authmethod = this.#attempt?.authenticator.method;
    this.#router.logger.info(
      { peer, realm, authid: details?.authid?.slice(0, 80), authmethod },
      `authentication denied: ${detail}`,
    );
  }

  /** The reason stays in the log: what an authenticator says when it breaks may help an attacker. */
  #failed({ authenticator, hello }: Attempt, error: unknown): AuthDeny {
    this.#router.logger.error({ error, realm: hello.realm }, `authenticator "${authenticator.method}" failed`);
    return { type: "deny", reason: ErrorUri.AUTHENTICATION_FAILED, message: "authentication could not be completed" };
  }

  #welcome(attempt: Attempt, accepted: AuthAccept): void {
    const { hello, realm, authenticator, session: id } = attempt;
    const { authid, authrole, authprovider, authextra } = accepted;
    if (realm.closed) return this.#refuse(ErrorUri.NO_SUCH_REALM, `realm "${realm.uri}" was closed`);
    if (!realm.hasRole(authrole))
      return this.#refuse(ErrorUri.NO_SUCH_ROLE, `role "${authrole}" does not exist in this realm`);
    if (realm.sessions.size >= this.#router.limits.sessionsPerRealm) {
      this.#router.metrics.count("limit_sessions_per_realm");
      return this.#refuse(ErrorUri.LIMIT_EXCEEDED, "this realm has as many sessions as it may have; try again later");
    }
    const identity = { realm: realm.uri, authid, authrole, authmethod: authenticator.method, authprovider };
    const info: SessionInfo = Object.freeze({ session: id, ...identity, transport: this.#connection.transport });
    const features = peerFeatures(hello.details.roles);
    const session = new ClientSession(this.#link, realm, info, features, this.#router.strictRequestIds);
    const details: WelcomeDetails = {
      agent: this.#router.agent,
      roles: realm.features,
      ...identity,
      ...(authextra === undefined ? {} : { authextra }),
    };
    if (this.#link.establish(realm, session, { type: M.WELCOME, session: id, details })) return;
    this.#deny(this.#failed(attempt, new TypeError("WELCOME.Details.authextra cannot be encoded for the client")));
  }

  #refuse(reason: Uri, message: string): void {
    this.#link.abort(reason, message);
  }
}

/** Authenticators are written in JavaScript too: one that answers with nothing, or nonsense, has failed. */
function isStep(answer: unknown): answer is AuthStep {
  const type: unknown = typeof answer === "object" && answer !== null && "type" in answer ? answer.type : undefined;
  return type === "accept" || type === "challenge" || type === "deny";
}
