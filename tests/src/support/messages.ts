import { MessageType as M, type Codec, type Dict, type Event, type Uri } from "@kreuz/codec";
import type { AuthStep, Authenticator } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { expect } from "vitest";
import { REALM, type Stage } from "./test-router.js";

/** Believes everybody who and what they say they are. */
export const authenticator: Authenticator = {
  method: "test",
  begin: ({ authid = "nobody", authextra }): AuthStep => ({
    type: "accept",
    authid,
    authrole: String(authextra?.["role"] ?? "user"),
    authprovider: "test",
  }),
};

/** A client that has joined under a name, in a role. The stage's realm needs the {@link authenticator}. */
export async function join(
  stage: Stage,
  authid = "joe",
  role = "user",
  realm: Uri = REALM,
  codec?: Codec,
): Promise<WireSession> {
  const client = stage.connect(codec);
  await client.join(realm, { authmethods: ["test"], authid, authextra: { role } });
  return client;
}

/** CALL, and the outcome as the caller sees it. */
export async function call(
  client: WireSession,
  procedure: string,
  args: unknown[] = [],
  kwargs: Dict = {},
): Promise<unknown> {
  client.call(procedure, { args, kwargs });
  const answer = await client.next();
  if (answer.type === M.RESULT) return answer.payload.args?.[0];
  if (answer.type === M.ERROR) throw Object.assign(new Error(String(answer.payload.args?.[0])), { uri: answer.error });
  throw new Error(`unexpected answer of type ${answer.type}`);
}

/** The positional elements of the next messages, which must be EVENTs on these subscriptions in this order. */
export async function events(client: WireSession, ...subscriptions: number[]): Promise<unknown[]> {
  const received: Event[] = [];
  for (const _subscription of subscriptions) received.push(await client.expect(M.EVENT));
  expect(received.map(({ subscription }) => subscription)).toEqual(subscriptions);
  return received.map(({ payload }) => payload.args);
}
