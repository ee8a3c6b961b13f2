import {
  MessageType as M,
  type CancelMode,
  type ClientRole,
  type Codec,
  type HelloDetails,
  type Id,
  type Invocation,
  type Message,
  type Payload,
  type RoleDetails,
} from "@kreuz/codec";
import type { Authenticator, AuthStep } from "@kreuz/router";
import { ALL_CLIENT_ROLES, settle, type WireSession } from "@kreuz/testkit";
import { expect } from "vitest";
import { openStage, REALM, type Stage, type StageOptions } from "./test-router.js";

/** The procedure of a scenario that does not care about URIs. */
export const PROCEDURE = "com.example.procedure";
/** The topic of one that does not. */
export const TOPIC = "com.example.topic";

type Roles = HelloDetails["roles"];
type FeatureOf = `${ClientRole}.${string}`;

/** Believes everybody who they say they are. */
const authenticator: Authenticator = {
  method: "trust",
  begin: ({ authid = "joe", authextra }): AuthStep => ({
    type: "accept",
    authid,
    authrole: String(authextra?.["role"] ?? "user"),
    authprovider: "test",
  }),
};

/** A stage whose clients are who they say they are. */
export function open({ realm, ...options }: StageOptions = {}): Promise<Stage> {
  return openStage({ ...options, realm: { authenticators: [authenticator], ...realm } });
}

export interface PeerOptions {
  readonly authid?: string;
  readonly authrole?: string;
  readonly roles?: Roles;
  readonly codec?: Codec;
}

/** A client that has joined: under a name, in a role, with the features it has. */
export async function join(stage: Stage, options: PeerOptions = {}): Promise<WireSession> {
  const { authid = "joe", authrole = "user", roles = ALL_CLIENT_ROLES, codec } = options;
  const client = stage.connect(codec);
  await client.join(REALM, { authmethods: ["trust"], authid, authextra: { role: authrole }, roles });
  return client;
}

/** Every role with every feature, but for those named. */
export function without(...names: readonly FeatureOf[]): Roles {
  const roles: Partial<Record<ClientRole, RoleDetails>> = {};
  for (const role of ["publisher", "subscriber", "caller", "callee"] as const) {
    const features = Object.entries(ALL_CLIENT_ROLES[role]?.features ?? {});
    roles[role] = { features: Object.fromEntries(features.filter(([name]) => !names.includes(`${role}.${name}`))) };
  }
  return roles;
}

/** These features and no others; all roles. */
export function only(...names: readonly FeatureOf[]): Roles {
  const roles: Record<ClientRole, RoleDetails> = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
  for (const name of names) {
    const [role, feature] = name.split(".") as [ClientRole, string];
    roles[role] = { features: { ...roles[role].features, [feature]: true } };
  }
  return roles;
}

/** What Autobahn|JS 22.11 announces. */
export const AUTOBAHN_ROLES: Roles = only(
  "caller.caller_identification",
  "caller.call_canceling",
  "caller.progressive_call_results",
  "callee.caller_identification",
  "callee.pattern_based_registration",
  "callee.shared_registration",
  "callee.progressive_call_results",
  "callee.registration_revocation",
  "publisher.publisher_identification",
  "publisher.subscriber_blackwhite_listing",
  "publisher.publisher_exclusion",
  "subscriber.publisher_identification",
  "subscriber.pattern_based_subscription",
  "subscriber.subscription_revocation",
);

/** What Wampy 8.0 announces. */
export const WAMPY_ROLES: Roles = only(
  "publisher.subscriber_blackwhite_listing",
  "publisher.publisher_exclusion",
  "publisher.publisher_identification",
  "publisher.payload_passthru_mode",
  "subscriber.pattern_based_subscription",
  "subscriber.publication_trustlevels",
  "subscriber.publisher_identification",
  "subscriber.payload_passthru_mode",
  "caller.caller_identification",
  "caller.progressive_call_results",
  "caller.call_canceling",
  "caller.call_timeout",
  "caller.payload_passthru_mode",
  "callee.caller_identification",
  "callee.call_trustlevels",
  "callee.pattern_based_registration",
  "callee.shared_registration",
  "callee.payload_passthru_mode",
);

/** CANCEL; does not wait. */
export function cancel(caller: WireSession, request: Id, mode?: CancelMode): void {
  caller.send({ type: M.CANCEL, request, options: mode === undefined ? {} : { mode } });
}

/** More arguments for a call: a CALL under the same request id. */
export function proceed(
  caller: WireSession,
  request: Id,
  payload: Payload,
  options: Readonly<Record<string, unknown>> = {},
  procedure: string = PROCEDURE,
): void {
  caller.send({ type: M.CALL, request, options, procedure, payload });
}

/** The positional elements of a message. */
export function argsOf({ payload }: { readonly payload: Payload }): readonly unknown[] | undefined {
  return payload.args;
}

/** The first positional elements of the invocations that a callee has got and not read, in order. */
export function waiting(callee: WireSession): readonly unknown[] {
  return callee.unread.map((message) => {
    expect(message).toMatchObject({ type: M.INVOCATION });
    return (message as Invocation).payload.args?.[0];
  });
}

/** Reads everything that has come to a client. */
export async function drain(client: WireSession): Promise<readonly Message[]> {
  await settle();
  const messages: Message[] = [];
  while (client.unread.length > 0) messages.push(await client.next());
  return messages;
}

/** The session is still there, and got nothing: what it did was ignored. */
export async function expectAlive(client: WireSession): Promise<void> {
  await client.expectNothing();
  await client.subscribe(`com.example.alive.${client.id}`);
}
