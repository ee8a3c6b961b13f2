import {
  MessageType as M,
  type Acceptor,
  type Connection,
  type Dict,
  type PeerEvidence,
  type Uri,
  type WelcomeDetails,
} from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { ClientMethod } from "@kreuz/auth/client";
import type { Authenticator, RealmOptions } from "@kreuz/router";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { openStage, REALM, type Stage } from "./test-router.js";

/** A stage whose one realm has these ways in. */
export function openDoors(authenticators: readonly Authenticator[], realm: Partial<RealmOptions> = {}): Promise<Stage> {
  return openStage({ realm: { authenticators, ...realm } });
}

/** Where a client comes from, and what its transport can prove. */
export interface Origin {
  readonly peer?: string;
  readonly evidence?: PeerEvidence;
}

/** A client over a transport that knows more of it than the one in memory does. */
export function connectFrom(stage: Stage, { peer, evidence }: Origin): WireSession {
  const client = new WireSession();
  const gate: Acceptor = {
    accept(connection) {
      const transport = { ...connection.transport, ...(peer === undefined ? {} : { peer }) };
      const extended: Connection = {
        codec: connection.codec,
        transport,
        ...(evidence === undefined ? {} : { evidence }),
        get bufferedBytes() {
          return connection.bufferedBytes;
        },
        send: (frame) => connection.send(frame),
        close: (status, message) => connection.close(status, message),
        pause: () => connection.pause(),
        resume: () => connection.resume(),
      };
      return stage.router.accept(extended);
    },
  };
  connectMemory(gate, client, { codec: json, clock: stage.clock });
  return client;
}

/** HELLO by these methods; waits for nothing. */
export function hello(
  client: WireSession,
  authmethods: readonly string[],
  details: Dict = {},
  realm: Uri = REALM,
): void {
  client.send({ type: M.HELLO, realm, details: { roles: { caller: {}, callee: {} }, authmethods, ...details } });
}

export function authenticate(client: WireSession, signature: string, extra: Dict = {}): void {
  client.send({ type: M.AUTHENTICATE, signature, extra });
}

/** HELLO, CHALLENGE, AUTHENTICATE: everything that the client's side of a method does. What comes next is the router's. */
export async function attempt(
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

/** The whole way in. @returns the details of WELCOME. */
export async function logIn(
  client: WireSession,
  method: ClientMethod,
  details: Dict = {},
  realm: Uri = REALM,
): Promise<WelcomeDetails> {
  await attempt(client, method, details, realm);
  return (await client.expect(M.WELCOME)).details;
}
