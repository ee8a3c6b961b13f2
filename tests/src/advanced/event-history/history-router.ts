import { type Dict, type Id, MessageType as M, type Payload, type PublishOptions } from "@kreuz/codec";
import { eventHistory, type EventHistoryOptions } from "@kreuz/event-history";
import type { Authorizer } from "@kreuz/router";
import { registryMeta } from "@kreuz/registry-meta";
import { sessionMeta } from "@kreuz/session-meta";
import type { WireSession } from "@kreuz/testkit";
import { createTestRouter, type TestRouter, type TestRouterOptions } from "../../support/index.js";

export const GET_EVENTS = "wamp.subscription.get_events";
/** A topic whose events are kept. */
export const TOPIC = "com.example.log.auth";
export const KEPT_TOPICS = [{ uri: "com.example.", match: "prefix" }] as const;

export interface HistoryRouterOptions extends TestRouterOptions {
  readonly history?: Partial<EventHistoryOptions>;
  readonly authorizer?: Authorizer;
}

/** A router that keeps the events of {@link KEPT_TOPICS}, with the meta APIs of sessions and subscriptions. */
export function createHistoryRouter(options: HistoryRouterOptions = {}): Promise<TestRouter> {
  const { history, authorizer, ...settings } = options;
  const plugins = [sessionMeta(), registryMeta(), eventHistory({ topics: KEPT_TOPICS, ...history })];
  return createTestRouter({ ...settings, realm: { plugins, ...(authorizer && { authorizer }) } });
}

export interface HistorySetup {
  readonly router: TestRouter;
  readonly publisher: WireSession;
  readonly reader: WireSession;
}

/** A router with a history, a publisher named alice and a reader named bob. */
export async function setUp(options: HistoryRouterOptions = {}): Promise<HistorySetup> {
  const router = await createHistoryRouter(options);
  return {
    router,
    publisher: await router.join({ authid: "alice", authrole: "publisher" }),
    reader: await router.join({ authid: "bob", authrole: "reader" }),
  };
}

/** Publishes and waits for PUBLISHED. A string is short for a payload with that one argument. @returns the publication id. */
export async function publish(
  client: WireSession,
  topic: string,
  payload: Payload | string = {},
  options: PublishOptions = {},
): Promise<Id> {
  client.publish(topic, typeof payload === "string" ? { args: [payload] } : payload, { ...options, acknowledge: true });
  return (await client.expect(M.PUBLISHED)).publication;
}

export interface HistoryPage {
  readonly events: Dict[];
  readonly more: unknown;
}

/** Calls `wamp.subscription.get_events`. @throws an Error with the `uri` of an ERROR. */
export async function getEvents(client: WireSession, subscription: unknown, kwargs: Dict = {}): Promise<HistoryPage> {
  client.sendCall(GET_EVENTS, { args: [subscription], kwargs });
  const answer = await client.next();
  if (answer.type === M.ERROR) throw Object.assign(new Error(String(answer.payload.args?.[0])), { uri: answer.error });
  if (answer.type !== M.RESULT) throw new Error(`unexpected answer of type ${answer.type}`);
  return { events: (answer.payload.args ?? []) as Dict[], more: answer.payload.kwargs?.["more"] };
}

/** The first argument of each event that `wamp.subscription.get_events` returns. */
export async function publishedNames(client: WireSession, subscription: Id, kwargs: Dict = {}): Promise<unknown[]> {
  return (await getEvents(client, subscription, kwargs)).events.map((event) => (event["args"] as unknown[])[0]);
}
