import { ErrorUri, type Id, type MatchPolicy, MessageType as M, type Uri } from "@kreuz/codec";
import { registryMeta } from "@kreuz/registry-meta";
import type { WireSession } from "@kreuz/testkit";
import { createTestRouter, type TestRouter, type TestRouterOptions } from "../support/index.js";

type EntryOptions = { readonly match?: MatchPolicy };

/** The Registration or the Subscription Meta API: the same clauses, in words of their own. */
export interface RegistryApi {
  readonly name: "Registration" | "Subscription";
  /** What begins the URIs of its procedures and topics. */
  readonly prefix: "wamp.registration" | "wamp.subscription";
  readonly feature: "registration_meta_api" | "subscription_meta_api";
  readonly role: "dealer" | "broker";
  /** The clients of an entry: callees or subscribers. */
  readonly member: "callee" | "subscriber";
  /** The name of the argument that is a URI. */
  readonly uriArgument: "procedure" | "topic";
  readonly verb: "register" | "subscribe";
  readonly noSuchEntry: Uri;
  /** UNREGISTERED or UNSUBSCRIBED, which tells of a revocation. */
  readonly revoked: typeof M.UNREGISTERED | typeof M.UNSUBSCRIBED;
  /** Adds a client to an entry that several can share. */
  add(client: WireSession, uri: Uri, options?: EntryOptions): Promise<Id>;
  remove(client: WireSession, id: Id): Promise<void>;
  /** What details have in addition to id, created, uri and match. */
  readonly details: Readonly<Record<string, unknown>>;
}

export const REGISTRATIONS: RegistryApi = {
  name: "Registration",
  prefix: "wamp.registration",
  feature: "registration_meta_api",
  role: "dealer",
  member: "callee",
  uriArgument: "procedure",
  verb: "register",
  noSuchEntry: ErrorUri.NO_SUCH_REGISTRATION,
  revoked: M.UNREGISTERED,
  add: (client, uri, options) => client.register(uri, { invoke: "roundrobin", ...options }),
  remove: (client, id) => client.unregister(id),
  details: { invoke: "roundrobin" },
};

export const SUBSCRIPTIONS: RegistryApi = {
  name: "Subscription",
  prefix: "wamp.subscription",
  feature: "subscription_meta_api",
  role: "broker",
  member: "subscriber",
  uriArgument: "topic",
  verb: "subscribe",
  noSuchEntry: ErrorUri.NO_SUCH_SUBSCRIPTION,
  revoked: M.UNSUBSCRIBED,
  add: (client, uri, options) => client.subscribe(uri, options),
  remove: (client, id) => client.unsubscribe(id),
  details: {},
};

/** A router with both meta APIs. */
export function createRegistryRouter(options: TestRouterOptions = {}): Promise<TestRouter> {
  return createTestRouter({ ...options, realm: { plugins: [registryMeta()], ...options.realm } });
}

/** The ids of subscriptions to the four topics of an API. */
export interface Watched {
  readonly create: Id;
  readonly add: Id;
  readonly remove: Id;
  readonly delete: Id;
}

/** Subscribes to the four topics of an API. */
export async function watch(client: WireSession, { prefix, verb }: RegistryApi): Promise<Watched> {
  return {
    create: await client.subscribe(`${prefix}.on_create`),
    add: await client.subscribe(`${prefix}.on_${verb}`),
    remove: await client.subscribe(`${prefix}.on_un${verb}`),
    delete: await client.subscribe(`${prefix}.on_delete`),
  };
}
