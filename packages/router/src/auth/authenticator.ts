import type { Account, Dict, HelloDetails, Id, PeerEvidence, TransportInfo, Uri } from "@kreuz/codec";
import { CryptoRandom, type Random } from "../random.js";

/** What an authenticator knows of a client that wants to join. */
export interface AuthRequest {
  readonly realm: Uri;
  /** The id that the session will have; part of what some methods sign. */
  readonly session: Id;
  /** Who the client claims to be; absent when it made no claim. */
  readonly authid: string | undefined;
  readonly authextra: Dict | undefined;
  readonly details: HelloDetails;
  readonly transport: TransportInfo;
  /** What the transport can prove about the client: certificate, cookie, channel binding. Never show it to anyone. */
  readonly evidence: PeerEvidence;
  /** Of the connection: what an authenticator holds for the client while it decides is charged here. */
  readonly account?: Account;
}

/** The client proved who it is. */
export interface AuthAccept {
  readonly type: "accept";
  readonly authid: string;
  readonly authrole: string;
  /** Who vouches for the client: `static`, `dynamic`, … */
  readonly authprovider: string;
  /** Sent as `WELCOME.Details.authextra`. */
  readonly authextra?: Dict;
  /**
   * What authorizers and plugins may know of the session besides, such as the claims of a token: `realm.attributes(session)`.
   * Never shown to a client.
   */
  readonly attributes?: Dict;
}

/** The client is refused: ABORT with this reason. The client sees the message, so it must give nothing away. */
export interface AuthDeny {
  readonly type: "deny";
  readonly reason: Uri;
  readonly message: string;
  /** The true reason, for the log only. */
  readonly detail?: string;
  /**
   * `false` when the client offered no proof that could have been right, or none was checked: limits on failed attempts do
   * not count it. Default `true`.
   */
  readonly attempt?: boolean;
  /** `true` when a limit refused the client before its proof was looked at: counted apart. Default `false`. */
  readonly throttled?: boolean;
}

/** The client must answer a CHALLENGE; `respond` gets its AUTHENTICATE, once. */
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
  /** The name that clients list in `HELLO.Details.authmethods`, for example `ticket`. */
  readonly method: string;
  /**
   * Whether the method can be tried with this client; if not, the next method of its list is tried. For methods that
   * depend on what the transport brings, such as a cookie. Default: always.
   */
  applies?(request: AuthRequest): boolean;
  begin(request: AuthRequest): AuthStep | Promise<AuthStep>;
  /**
   * Asks again who the client is that proved itself earlier as `request.authid`, or with the public key in
   * `request.authextra.pubkey`: for methods that stand in for this one, such as a cookie. The request carries no proof.
   * Absent: the method cannot tell, and nothing may stand in for it.
   *
   * @returns `undefined` when there is no such account any more. A throw or rejection is a failure, as in `begin`.
   */
  lookup?(request: AuthRequest): AuthAccept | undefined | Promise<AuthAccept | undefined>;
}

/** Settings of {@link anonymous}. */
export interface AnonymousOptions {
  /** The role of anonymous clients. Default `anonymous`. */
  readonly authrole?: string;
  readonly random?: Random;
}

/** Admits every client under a random authid: a name that a client gives itself proves nothing. */
export function anonymous({
  authrole = "anonymous",
  random = new CryptoRandom(),
}: AnonymousOptions = {}): Authenticator {
  return {
    method: "anonymous",
    begin: () => ({ type: "accept", authid: random.name(), authrole, authprovider: "static" }),
  };
}
