// Bundled by portability.test.ts and run without Node: a router with plugins and its clients.
import { MessageType as M, type Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { eventHistory } from "@kreuz/event-history";
import { registryMeta } from "@kreuz/registry-meta";
import { allowAll, createRouter } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { testament } from "@kreuz/testament";
import { WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";

/** @returns what happened, as JSON: objects of the other context would not be equal. */
export async function run(): Promise<string> {
  const outcome: Record<string, unknown> = {};
  for (const codec of [json, msgpack, cbor]) outcome[codec.id] = await talk(codec);
  return JSON.stringify(outcome);
}

async function talk(codec: Codec): Promise<unknown> {
  const realm = "com.example.realm";
  const history = eventHistory({ topics: [{ uri: "com.example.topic" }] });
  const plugins = [sessionMeta(), registryMeta(), testament(), history];
  const router = await createRouter({ realms: [{ uri: realm, authorizer: allowAll, plugins }] });
  const [one, other] = [new WireSession(), new WireSession()];
  for (const client of [one, other]) connectMemory(router, client, { codec });
  const welcome = await one.join(realm);
  await other.join(realm);

  await other.register("com.example.echo");
  one.sendCall("com.example.echo", { args: ["ü€😀", 2 ** 40], kwargs: { a: [true, null] } });
  const { request, payload } = await other.expect(M.INVOCATION);
  other.yield(request, { args: payload.args, kwargs: payload.kwargs });
  const result = await one.expect(M.RESULT);

  await other.subscribe("com.example.topic");
  one.publish("com.example.topic", { args: [Uint8Array.of(0, 255)] }, { acknowledge: true });
  await one.expect(M.PUBLISHED);
  const event = await other.expect(M.EVENT);

  one.sendCall("wamp.session.count");
  const count = await one.expect(M.RESULT);
  const [subscription] = (await one.call("wamp.subscription.lookup", { args: ["com.example.topic"] })).args ?? [];
  one.sendCall("wamp.subscription.get_events", { args: [subscription] });
  const kept = await one.expect(M.RESULT);
  const local = router.connect(realm);
  local.register("com.example.local", () => "local");
  const called = await router.connect(realm).call("com.example.local");
  await router.close({ farewell: "goodbye" });
  const goodbye = await one.expect(M.GOODBYE);
  return {
    agent: welcome.details.agent,
    result: [result.payload.args, result.payload.kwargs],
    event: Array.from(event.payload.args?.[0] as Uint8Array),
    count: count.payload.args,
    kept: kept.payload.args?.length,
    called: called.args,
    goodbye: goodbye.reason,
  };
}
