import type { Codec, Id } from "@kreuz/codec";
import type { LocalSession } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import type { WireSession } from "@kreuz/testkit";
import { Probe } from "./probe.js";
import { createTestRouter, type TestRouter } from "./test-router.js";
import { PROCEDURE, REALM, TOPIC } from "./uris.js";

export interface CallerAndCallee {
  readonly router: TestRouter;
  readonly probe: Probe;
  readonly caller: WireSession;
  readonly callee: WireSession;
  readonly registration: Id;
}

/** A router with a caller and a callee of {@link PROCEDURE}. */
export async function callerAndCallee(callerCodec?: Codec, calleeCodec?: Codec): Promise<CallerAndCallee> {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe] } });
  const caller = await router.join({ codec: callerCodec });
  const callee = await router.join({ codec: calleeCodec });
  return { router, probe, caller, callee, registration: await callee.register(PROCEDURE) };
}

export interface PublisherAndSubscriber {
  readonly router: TestRouter;
  readonly publisher: WireSession;
  readonly subscriber: WireSession;
  readonly subscription: Id;
}

/** A router with a publisher and a subscriber of {@link TOPIC}. */
export async function publisherAndSubscriber(): Promise<PublisherAndSubscriber> {
  const router = await createTestRouter();
  const [publisher, subscriber] = [await router.join(), await router.join()];
  return { router, publisher, subscriber, subscription: await subscriber.subscribe(TOPIC) };
}

export interface LocalAndClient {
  readonly router: TestRouter;
  readonly probe: Probe;
  readonly local: LocalSession;
  readonly client: WireSession;
}

/** A router with the Session Meta API, a local session and a client. */
export async function localAndClient(): Promise<LocalAndClient> {
  const probe = new Probe();
  const router = await createTestRouter({ realm: { plugins: [probe, sessionMeta()] } });
  return { router, probe, local: router.connect(REALM), client: await router.join() };
}
