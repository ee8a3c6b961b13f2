import type { Dict, HelloDetails, Id, PeerEvidence, TransportInfo, Uri } from "@kreuz/codec";

/** What an authenticator knows of a client that wants to join. */
export interface AuthRequest {
  readonly realm: Uri;
  /** The id that the session will have; part of what some methods sign. */
  readonly session: Id;
  /** Who the client says it is; absent when it did not say. */
  readonly authid: string | undefined;
  readonly authextra: Dict | undefined;
  readonly details: HelloDetails;
  readonly transport: TransportInfo;
  /** What the transport can prove of the client: certificate, cookie, channel binding. Never to be shown to anyone. */
  readonly evidence: PeerEvidence;
}

/** The client proved who it is. */
export interface AuthAccept {
  readonly type: "accept";
  readonly authid: string;
  readonly authrole: string;
  /** Who vouches for it: `static`, `dynamic`, … */
  readonly authprovider: string;
  /** Goes out in `WELCOME.Details.authextra`. */
  readonly authextra?: Dict;
}

/** The client is refused: ABORT with this reason. The message is shown to the client, so it gives nothing away. */
export interface AuthDeny {
  readonly type: "deny";
  readonly reason: Uri;
  readonly message: string;
  /** Goes to the log and nowhere else: what the client must not learn. */
  readonly detail?: string;
}

/** The client must answer a CHALLENGE; its AUTHENTICATE is given to `respond`, once. */
export interface AuthChallenge {
  readonly type: "challenge";
  readonly extra: Dict;
  respond(signature: string, extra: Dict): AuthStep | Promise<AuthStep>;
}

export type AuthStep = AuthAccept | AuthDeny | AuthChallenge;

/**
 * One authentication method of a realm. A failure (a throw, a rejected promise) refuses the client with
 * `wamp.error.authentication_failed`; its text goes to the log, never to the client.
 */
export interface Authenticator {
  /** The name clients ask for in `HELLO.Details.authmethods`, for example `ticket`. */
  readonly method: string;
  /**
   * Whether there is anything to go by for this client; if not, the next method of its list is tried. For methods that
   * live on what the transport brings, such as a cookie. Default: always.
   */
  applies?(request: AuthRequest): boolean;
  begin(request: AuthRequest): AuthStep | Promise<AuthStep>;
}
