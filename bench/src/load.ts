import { MessageType as M, type Codec, type Id, type Message, type Payload } from "@kreuz/codec";
import { LoadSocket } from "./load-socket.js";
import type { ServerProcess } from "./server-process.js";

/** What is put on a server. */
export interface Load {
  readonly codec: Codec;
  /** Bytes of application payload in each message. */
  readonly bytes: number;
  /** True when the server speaks WAMP; a relay takes the same frames unread. */
  readonly wamp: boolean;
}

/** A load that runs until it is stopped, and counts what it has done. */
export interface Running {
  readonly done: () => number;
  stop(): void;
}

const CALLERS = 8;
const CALLS_IN_FLIGHT = 16;
const SUBSCRIBERS = 10;
const PUBLICATIONS_IN_FLIGHT = 64;
const PROCEDURE = "com.example.echo";
const TOPIC = "com.example.topic";
const ROLES = { publisher: {}, subscriber: {}, caller: {}, callee: {} };

/** Callers that keep their calls in flight, each with a callee of its own that answers at once. Counts calls. */
export async function callInLoops(server: ServerProcess, load: Load): Promise<Running> {
  const sockets: LoadSocket[] = [];
  const payload = payloadOf(load);
  let calls = 0;
  for (let pair = 0; pair < CALLERS; pair++) {
    const callee = await open(server, load, `/callee/${pair}`);
    const caller = await open(server, load, `/caller/${pair}`);
    sockets.push(callee, caller);
    const procedure = `${PROCEDURE}${pair}`;
    if (load.wamp) await callee.request({ type: M.REGISTER, request: 1, options: {}, procedure });
    let request: Id = 0;
    // INVOCATIONs are numbered from 1 for each callee, so that counting them is knowing them.
    let invocation: Id = 0;
    const next = (): Message => ({ type: M.CALL, request: ++request, options: {}, procedure, payload });
    callee.onFrames = (count) =>
      callee.send(times(count, () => ({ type: M.YIELD, request: ++invocation, options: {}, payload })));
    caller.onFrames = (count) => {
      calls += count;
      caller.send(times(count, next));
    };
    caller.send(times(CALLS_IN_FLIGHT, next));
  }
  return running(sockets, () => calls);
}

/** A publisher that keeps its publications in flight to many subscribers. Counts events. */
export async function fanOut(server: ServerProcess, load: Load): Promise<Running> {
  const payload = payloadOf(load);
  const subscribers: LoadSocket[] = [];
  for (let index = 0; index < SUBSCRIBERS; index++) {
    const subscriber = await open(server, load, "/subscriber");
    if (load.wamp) await subscriber.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: TOPIC });
    subscribers.push(subscriber);
  }
  const publisher = await open(server, load, "/publisher");
  let request: Id = 0;
  let events = 0;
  const next = (): Message => ({ type: M.PUBLISH, request: ++request, options: {}, topic: TOPIC, payload });
  for (const [index, subscriber] of subscribers.entries())
    subscriber.onFrames = (count) => {
      events += count;
      // The last one sets the pace: what it has seen, the others have been sent.
      if (index === SUBSCRIBERS - 1) publisher.send(times(count, next));
    };
  publisher.send(times(PUBLICATIONS_IN_FLIGHT, next));
  return running([...subscribers, publisher], () => events);
}

async function open(server: ServerProcess, { codec, wamp }: Load, path: string): Promise<LoadSocket> {
  const socket = await LoadSocket.open(server.port, wamp ? "/ws" : path, codec);
  if (wamp) await socket.request({ type: M.HELLO, realm: "realm1", details: { roles: ROLES } });
  return socket;
}

function running(sockets: readonly LoadSocket[], done: () => number): Running {
  return {
    done,
    stop() {
      for (const socket of sockets) socket.close();
    },
  };
}

function payloadOf({ codec, bytes }: Load): Payload {
  return codec.encodePayload({ args: ["x".repeat(bytes)] }) ?? {};
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
