// Authenticators that do as they are told, and clients that go through a handshake step by step.
import { ErrorUri, MessageType as M, type Dict } from "@kreuz/codec";
import type { AuthAccept, AuthChallenge, Authenticator, AuthRequest, AuthStep } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { openStage, REALM, type Stage } from "./test-router.js";

export const ACCEPT: AuthAccept = { type: "accept", authid: "joe", authrole: "user", authprovider: "test" };
export const DENY: AuthStep = { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message: "no entry" };

export type Begin = (request: AuthRequest) => AuthStep | Promise<AuthStep>;
export type Respond = AuthChallenge["respond"];

/** An authentication method. */
export function method(begin: Begin, name = "test"): Authenticator {
  return { method: name, begin };
}

export function challenge(respond: Respond, extra: Dict = {}): AuthChallenge {
  return { type: "challenge", extra, respond };
}

/** A stage whose realm has these methods. */
export function openWith(...authenticators: Authenticator[]): Promise<Stage> {
  return openStage({ realm: { authenticators } });
}

/** HELLO that asks for these methods; waits for nothing. */
export function hello(client: WireSession, authmethods: readonly string[] = ["test"], details: Dict = {}): void {
  client.send({ type: M.HELLO, realm: REALM, details: { roles: { caller: {} }, authmethods, ...details } });
}

/** AUTHENTICATE; waits for nothing. */
export function answer(client: WireSession, signature = "secret", extra: Dict = {}): void {
  client.send({ type: M.AUTHENTICATE, signature, extra });
}

/** A client that has been sent a CHALLENGE. */
export async function challenged(stage: Stage): Promise<WireSession> {
  const client = stage.connect();
  hello(client);
  await client.expect(M.CHALLENGE);
  return client;
}
