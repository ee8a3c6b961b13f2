import type { ClientMethod } from "@kreuz/auth/client";
import { type Dict, ErrorUri, MessageType as M, type Uri, type WelcomeDetails } from "@kreuz/codec";
import type { AuthAccept, AuthChallenge, AuthStep, Authenticator, AuthRequest } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { createTestRouter, type TestRouter } from "./test-router.js";
import { REALM } from "./uris.js";

export const ACCEPT: AuthAccept = { type: "accept", authid: "joe", authrole: "user", authprovider: "test" };
export const DENY: AuthStep = { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message: "no entry" };

export type Begin = (request: AuthRequest) => AuthStep | Promise<AuthStep>;
export type Respond = AuthChallenge["respond"];

/** An authenticator that does what the test says. */
export function authenticator(begin: Begin, method = "test"): Authenticator {
  return { method, begin };
}

export function challenge(respond: Respond, extra: Dict = {}): AuthChallenge {
  return { type: "challenge", extra, respond };
}

/** A router whose realm offers these authentication methods. */
export function authenticatingRouter(...authenticators: readonly Authenticator[]): Promise<TestRouter> {
  return createTestRouter({ realm: { authenticators } });
}

/** Sends HELLO; does not wait. */
export function hello(
  client: WireSession,
  authmethods: readonly string[] = ["test"],
  details: Dict = {},
  realm: Uri = REALM,
): void {
  client.send({ type: M.HELLO, realm, details: { roles: { caller: {}, callee: {} }, authmethods, ...details } });
}

/** Sends AUTHENTICATE; does not wait. */
export function authenticate(client: WireSession, signature = "secret", extra: Dict = {}): void {
  client.send({ type: M.AUTHENTICATE, signature, extra });
}

/** Connects a client that has said HELLO and got CHALLENGE. */
export async function challengedClient(router: TestRouter): Promise<WireSession> {
  const client = router.connectClient();
  hello(client);
  await client.expect(M.CHALLENGE);
  return client;
}

/** Sends HELLO, waits for CHALLENGE and sends AUTHENTICATE, as the client's side of a method does. Does not wait for the outcome. */
export async function startLogin(
  client: WireSession,
  method: ClientMethod,
  details: Dict = {},
  realm: Uri = REALM,
): Promise<void> {
  hello(client, [method.authmethod], { authextra: method.authextra, ...details }, realm);
  const { extra } = await client.expect(M.CHALLENGE);
  const answer = await method.respond(extra);
  authenticate(client, answer.signature, answer.extra);
}

/** Logs in. @returns the details of WELCOME. */
export async function logIn(
  client: WireSession,
  method: ClientMethod,
  details: Dict = {},
  realm: Uri = REALM,
): Promise<WelcomeDetails> {
  const { authmethod, authextra } = method;
  const login = { authmethods: [authmethod], authextra, ...details };
  return (await client.join(realm, login, (extra) => method.respond(extra))).details;
}
