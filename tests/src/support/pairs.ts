// Who takes part in most scenarios, on a stage of their own.
import type { Codec, Id, MatchPolicy } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { LocalSession } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import type { WireSession } from "@kreuz/testkit";
import { openStage, Probe, REALM, type Stage } from "./test-router.js";

export const TOPIC = "com.example.topic";
export const PROCEDURE = "com.example.procedure";
/** What a callee of a scenario fails with. */
export const FAILURE = "com.example.error.failure";
export const POLICIES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

export interface CallParties {
  readonly stage: Stage;
  readonly probe: Probe;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly registration: Id;
}

/** A caller and a callee of {@link PROCEDURE}. */
export async function callParties(callers: Codec = json, callees: Codec = json): Promise<CallParties> {
  const probe = new Probe();
  const stage = await openStage({ realm: { plugins: [probe] } });
  const [caller, callee] = [await stage.join(REALM, callers), await stage.join(REALM, callees)];
  return { stage, probe, caller, callee, registration: await callee.register(PROCEDURE) };
}

export interface EventParties {
  readonly stage: Stage;
  readonly publisher: WireSession;
  readonly subscriber: WireSession;
  readonly subscription: Id;
}

/** A publisher and a subscriber of {@link TOPIC}. */
export async function eventParties(): Promise<EventParties> {
  const stage = await openStage();
  const [publisher, subscriber] = [await stage.join(), await stage.join()];
  return { stage, publisher, subscriber, subscription: await subscriber.subscribe(TOPIC) };
}

export interface LocalParties {
  readonly stage: Stage;
  readonly probe: Probe;
  readonly local: LocalSession;
  readonly client: WireSession;
}

/** A session inside the process and a client, with the Session Meta API. */
export async function localParties(): Promise<LocalParties> {
  const probe = new Probe();
  const stage = await openStage({ realm: { plugins: [probe, sessionMeta()] } });
  return { stage, probe, local: stage.router.connect(REALM), client: await stage.join() };
}
