import { MessageType as M } from "@kreuz/codec";
import { IGNORE, type Wanderer } from "./random-client.js";

/** A procedure of its own that takes one call at a time. */
export const busyProcedure = (name: string): string => `com.example.busy.${name}`;
/** Whoever wants to call this waits until the authorizer has made up its mind. */
export const SLOW_PROCEDURE = "com.example.slow";

const ignored = { args: [IGNORE] };

/** How a session ends that has joined, subscribed, registered and called. `name` is the visitor's own. */
export type Departure = (visitor: Wanderer, name: string, join: () => Promise<Wanderer>) => void | Promise<void>;

/** Polite ones and rude ones. */
export const DEPARTURES: Readonly<Record<string, Departure>> = {
  async "says goodbye"(visitor) {
    await visitor.leave();
    visitor.disconnect();
  },
  async "says goodbye, and hello again on the same connection"(visitor) {
    await visitor.leave();
    await visitor.join("realm1");
    await visitor.subscribe("com.example.again");
    visitor.vanish();
  },
  async "takes everything back first"(visitor, name) {
    await visitor.unsubscribe(await visitor.subscribe(`com.example.more.${name}`));
    await visitor.unregister(await visitor.register(`com.example.more.${name}`));
    await visitor.leave();
    visitor.vanish();
  },
  vanishes(visitor) {
    visitor.vanish();
  },
  "vanishes in the middle of calls, as caller and as callee, with one that waits and one on time"(visitor, name) {
    for (const timeout of [0, 60_000, 0]) visitor.call(busyProcedure(name), ignored, { timeout });
    visitor.call("com.example.shared", ignored, { timeout: 60_000 });
    visitor.call("com.example.shared", ignored, { receive_progress: true });
    visitor.vanish();
  },
  async "vanishes before it has sent all arguments"(visitor, name) {
    const request = visitor.call(`com.example.own.${name}`, ignored, { progress: true });
    await visitor.subscribe("com.example.meanwhile");
    const more = { request, options: { progress: true }, procedure: `com.example.own.${name}`, payload: ignored };
    visitor.send({ type: M.CALL, ...more });
    visitor.vanish();
  },
  "vanishes while the router decides"(visitor) {
    visitor.call(SLOW_PROCEDURE);
    visitor.publish("com.example.topic");
    visitor.vanish();
  },
  "cancels, and says goodbye without waiting"(visitor, name) {
    const request = visitor.call(busyProcedure(name), ignored);
    visitor.send({ type: M.CANCEL, request, options: { mode: "kill" } });
    visitor.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.normal" });
    visitor.vanish();
  },
  async "breaks the protocol"(visitor, name) {
    visitor.call(busyProcedure(name), ignored);
    visitor.sendFrame(Uint8Array.of(0xff, 0xff));
    await visitor.expectClosed();
  },
  async "is killed, and answers GOODBYE"(visitor, _, join) {
    await kill(visitor, join);
    await visitor.expect(M.GOODBYE);
    visitor.send({ type: M.GOODBYE, details: {}, reason: "wamp.close.goodbye_and_out" });
    await visitor.expectClosed();
  },
  async "is killed, and vanishes instead"(visitor, _, join) {
    await kill(visitor, join);
    visitor.vanish();
  },
};

async function kill(visitor: Wanderer, join: () => Promise<Wanderer>): Promise<void> {
  const killer = await join();
  await killer.answerTo(killer.call("wamp.session.kill", { args: [visitor.id] }));
  await killer.leave();
  killer.vanish();
}
