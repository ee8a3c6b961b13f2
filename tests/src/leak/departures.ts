import { MessageType as M } from "@kreuz/codec";
import { IGNORE, type RandomClient } from "./random-client.js";

/** A procedure of one client, which takes one call at a time. */
export const busyProcedure = (name: string): string => `com.example.busy.${name}`;
/** The authorizer decides about calls of this procedure only after a turn of the event loop. */
export const SLOW_PROCEDURE = "com.example.slow";

const ignored = { args: [IGNORE] };

/** How a session ends that has joined, subscribed, registered and called. `name` is the client's own. */
export type Departure = (client: RandomClient, name: string, join: () => Promise<RandomClient>) => void | Promise<void>;

/** Orderly and abrupt ones. */
export const DEPARTURES: Readonly<Record<string, Departure>> = {
  async "says GOODBYE"(client) {
    await client.leave();
    client.disconnect();
  },
  async "says GOODBYE, joins again on the same connection and drops it"(client) {
    await client.leave();
    await client.join("realm1");
    await client.subscribe("com.example.again");
    client.drop();
  },
  async "unsubscribes and unregisters before it says GOODBYE"(client, name) {
    await client.unsubscribe(await client.subscribe(`com.example.more.${name}`));
    await client.unregister(await client.register(`com.example.more.${name}`));
    await client.leave();
    client.drop();
  },
  "drops the connection"(client) {
    client.drop();
  },
  "drops the connection during calls that it makes and serves, some of them queued or with a timeout"(client, name) {
    for (const timeout of [0, 60_000, 0]) client.sendCall(busyProcedure(name), ignored, { timeout });
    client.sendCall("com.example.shared", ignored, { timeout: 60_000 });
    client.sendCall("com.example.shared", ignored, { receive_progress: true });
    client.drop();
  },
  async "drops the connection before it has sent all arguments of a call"(client, name) {
    const request = client.sendCall(`com.example.own.${name}`, ignored, { progress: true });
    await client.subscribe("com.example.meanwhile");
    const more = { request, options: { progress: true }, procedure: `com.example.own.${name}`, payload: ignored };
    client.send({ type: M.CALL, ...more });
    client.drop();
  },
  "drops the connection while the authorizer decides"(client) {
    client.sendCall(SLOW_PROCEDURE);
    client.publish("com.example.topic");
    client.drop();
  },
  "cancels a call and says GOODBYE at once"(client, name) {
    const request = client.sendCall(busyProcedure(name), ignored);
    client.send({ type: M.CANCEL, request, options: { mode: "kill" } });
    client.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.normal" });
    client.drop();
  },
  async "breaks the protocol"(client, name) {
    client.sendCall(busyProcedure(name), ignored);
    client.sendFrame(Uint8Array.of(0xff, 0xff));
    await client.expectClosed();
  },
  async "is killed and answers GOODBYE"(client, _, join) {
    await kill(client, join);
    await client.expect(M.GOODBYE);
    client.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.goodbye_and_out" });
    await client.expectClosed();
  },
  async "is killed and drops the connection"(client, _, join) {
    await kill(client, join);
    client.drop();
  },
};

async function kill(client: RandomClient, join: () => Promise<RandomClient>): Promise<void> {
  const killer = await join();
  await killer.answerTo(killer.sendCall("wamp.session.kill", { args: [client.id] }));
  await killer.leave();
  killer.drop();
}
