// What every Session does, wherever it runs. Portable: the cases also run in browsers and workers.
import { ErrorUri, WampError } from "@kreuz/codec";
import {
  BufferOverflowError,
  CallResult,
  SessionEndedError,
  type Session,
  type SessionEvent,
  type Subscription,
} from "@kreuz/session";
import { check } from "@kreuz/testkit";

/** Opens sessions of one kind, all in the same realm. */
export interface SessionHarness {
  /** Opens another session; the harness closes it. */
  open(): Promise<Session>;
  /** A URI that no other case uses. */
  readonly uri: string;
}

/** A clause of the contract: a name and a function that throws. */
export interface SessionCase {
  readonly name: string;
  run(harness: SessionHarness): Promise<void>;
}

const caseOf = (name: string, run: SessionCase["run"]): SessionCase => ({ name, run });

/** What a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

async function refusal(promise: Promise<unknown>): Promise<WampError> {
  const error = await rejection(promise);
  if (error instanceof WampError) return error;
  throw new Error(`expected a WampError, got ${String(error)}`, { cause: error });
}

/** @throws unless both have the same JSON. */
function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(one === other, `${what}: expected ${other}, got ${one}`);
}

/** Resolves when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

/** A procedure that never answers, and a promise for the reason that it was told to stop. */
function endless(): {
  readonly handler: (call: { signal: AbortSignal }) => Promise<never>;
  started: Promise<void>;
  stopped: Promise<unknown>;
} {
  let start = (): void => {};
  let stop: (reason: unknown) => void = () => {};
  const started = new Promise<void>((resolve) => (start = resolve));
  const stopped = new Promise<unknown>((resolve) => (stop = resolve));
  return {
    started,
    stopped,
    handler: async ({ signal }) => {
      start();
      stop(await aborted(signal));
      throw signal.reason;
    },
  };
}

async function take(events: AsyncIterable<SessionEvent>, count: number): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { args } of events) if (values.push(args[0]) === count) break;
  return values;
}

const CALLS: readonly SessionCase[] = [
  caseOf("calls: arguments and results arrive as they were sent", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, ({ args, kwargs }) => new CallResult({ args: [...args, "more"], kwargs }));
    const payload = { args: [1, "ü€😀", null, [true, { a: 2.5 }]], kwargs: { key: { nested: [] } } };
    const result = await caller.call(uri, payload);
    checkEqual(result.args, [...payload.args, "more"], "the positional results");
    checkEqual(result.kwargs, payload.kwargs, "the keyword results");
    checkEqual((await caller.call(uri, [42])).value, 42, "the first result");
  }),
  caseOf("calls: nothing is an empty result, a list is one value", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, ({ args: [what] }) => (what === "list" ? [1, 2] : undefined));
    const nothing = await session.call(uri);
    check(nothing.isEmpty && nothing.value === undefined, "an empty result");
    checkEqual((await session.call(uri, ["list"])).args, [[1, 2]], "a list as one value");
  }),
  caseOf("calls: binary values", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, ({ args: [value] }) => value);
    const { value } = await session.call(uri, [Uint8Array.of(0, 1, 255)]);
    check(value instanceof Uint8Array, "a Uint8Array");
    checkEqual([...(value as Uint8Array)], [0, 1, 255], "its bytes");
  }),
  caseOf("calls: a WampError reaches the caller with its payload", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, () => {
      throw new WampError("com.example.error", undefined, { args: ["why"], kwargs: { a: 1 } });
    });
    const error = await refusal(caller.call(uri));
    checkEqual([error.uri, error.args, error.kwargs], ["com.example.error", ["why"], { a: 1 }], "the error");
  }),
  caseOf("calls: any other error becomes runtime_error, without its text", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, async () => {
      throw new Error("a secret");
    });
    const error = await refusal(session.call(uri));
    checkEqual(error.uri, ErrorUri.RUNTIME_ERROR, "the error");
    check(!JSON.stringify(error.args).includes("secret"), "no text of the error");
  }),
  caseOf("calls: a procedure that nobody registered", async ({ open, uri }) => {
    checkEqual((await refusal((await open()).call(uri))).uri, ErrorUri.NO_SUCH_PROCEDURE, "the error");
  }),
  caseOf("calls: the caller is known when it is disclosed", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, ({ caller: who }) => who?.session);
    checkEqual((await caller.call(uri, [], { disclose_me: true })).value, caller.id, "the caller");
  }),
  caseOf("calls: an aborted signal rejects with its reason and stops the procedure", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    const { handler, started, stopped } = endless();
    await callee.register(uri, handler);
    const abort = new AbortController();
    const call = caller.call(uri, [], { signal: abort.signal });
    await started;
    const reason = new Error("enough");
    abort.abort(reason);
    check((await rejection(call)) === reason, "the reason of the signal");
    check((await stopped) instanceof WampError, "the procedure is told");
    check((await rejection(caller.call(uri, [], { signal: abort.signal }))) === reason, "a signal aborted before");
  }),
  caseOf("calls: mode kill waits for the callee's last word", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    const abort = new AbortController();
    await callee.register(uri, async ({ signal }) => {
      abort.abort();
      await aborted(signal);
      throw new WampError("com.example.last_word");
    });
    const call = caller.call(uri, [], { signal: abort.signal, cancelMode: "kill" });
    checkEqual((await refusal(call)).uri, "com.example.last_word", "the error");
  }),
  caseOf("calls: a time-out fails the call and stops the procedure", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    const { handler, stopped } = endless();
    await callee.register(uri, handler);
    checkEqual((await refusal(caller.call(uri, [], { timeout: 20 }))).uri, ErrorUri.TIMEOUT, "the error");
    check((await stopped) instanceof WampError, "the procedure is told");
  }),
];

const STREAMS: readonly SessionCase[] = [
  caseOf("streams: a generator's values arrive one by one, then what it returns", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, async function* () {
      yield 1;
      yield new CallResult({ args: [2], kwargs: { b: 2 } });
      return 3;
    });
    const parts: unknown[] = [];
    for await (const part of caller.stream(uri)) parts.push([part.value, part.kwargs, part.details.progress === true]);
    const expected = [
      [1, {}, true],
      [2, { b: 2 }, true],
      [3, {}, false],
    ];
    checkEqual(parts, expected, "the parts");
    checkEqual((await caller.call(uri)).value, 3, "a call's only result");
  }),
  caseOf("streams: an empty last result is no part", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, ({ progress }) => void progress("only"));
    const parts: unknown[] = [];
    for await (const { value } of session.stream(uri)) parts.push(value);
    checkEqual(parts, ["only"], "the parts");
  }),
  caseOf("streams: an error ends the loop", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, async function* () {
      yield 1;
      throw new WampError("com.example.broken");
    });
    const parts: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const { value } of session.stream(uri)) parts.push(value);
    };
    checkEqual((await refusal(loop())).uri, "com.example.broken", "the error");
    checkEqual(parts, [1], "the parts before");
  }),
  caseOf("streams: leaving the loop cancels the call", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    let stop: (how: string) => void = () => {};
    const stopped = new Promise((resolve) => (stop = resolve));
    await callee.register(uri, async function* ({ signal }) {
      try {
        yield 1;
        await aborted(signal);
        yield 2;
      } finally {
        stop("stopped");
      }
    });
    for await (const { value } of caller.stream(uri)) {
      checkEqual(value, 1, "the part");
      break;
    }
    checkEqual(await stopped, "stopped", "the generator");
  }),
  caseOf("streams: a loop that is too slow fails the call, and says so", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, async function* () {
      for (let n = 0; n < 10; n++) yield n;
    });
    const stream = session.stream(uri, [], { buffer: 3 });
    await session.call(uri);
    const parts: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const { value } of stream) parts.push(value);
    };
    check((await rejection(loop())) instanceof BufferOverflowError, "the error");
    checkEqual(parts, [0, 1, 2], "the parts that fit");
  }),
  caseOf("streams: arguments follow as they come", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, async ({ input }) => {
      const values: unknown[] = [];
      for await (const { args } of input) values.push(...args);
      return new CallResult({ args: values });
    });
    async function* further(): AsyncGenerator<unknown[]> {
      yield [2];
      yield [3, 4];
    }
    checkEqual((await caller.call(uri, [1], { input: further() })).args, [1, 2, 3, 4], "all arguments");
    checkEqual((await caller.call(uri, [1])).args, [1], "the arguments of a plain call");
  }),
  caseOf("streams: both ways at once", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    await callee.register(uri, async function* ({ input }) {
      for await (const { value } of input) yield Number(value) * 2;
    });
    async function* further(): AsyncGenerator<unknown[]> {
      yield [2];
      yield [3];
    }
    const doubled: unknown[] = [];
    for await (const { value } of caller.stream(uri, [1], { input: further() })) doubled.push(value);
    checkEqual(doubled, [2, 4, 6], "the results");
  }),
  caseOf("streams: arguments that fail cancel the call", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    const { handler, started, stopped } = endless();
    await callee.register(uri, handler);
    const reason = new Error("no more");
    // oxlint-disable-next-line require-yield
    async function* further(): AsyncGenerator<unknown[]> {
      await started;
      throw reason;
    }
    check((await rejection(caller.call(uri, [1], { input: further() }))) === reason, "the reason");
    check((await stopped) instanceof WampError, "the procedure is told");
  }),
];

const EVENTS: readonly SessionCase[] = [
  caseOf("events: a handler gets what was published", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const arrived = new Promise<SessionEvent>((resolve) => void subscriber.subscribe(uri, resolve));
    await subscriber.call(uri).catch(() => {});
    const publication = await publisher.publish(uri, { args: [1, "two"], kwargs: { c: 3 } }, { acknowledge: true });
    const event = await arrived;
    checkEqual([event.topic, event.args, event.kwargs], [uri, [1, "two"], { c: 3 }], "the event");
    checkEqual(event.publication, publication, "the publication");
  }),
  caseOf("events: without acknowledge, publishing resolves with nothing", async ({ open, uri }) => {
    checkEqual(await (await open()).publish(uri, ["x"]), undefined, "the result");
  }),
  caseOf("events: a loop gets them in order, and leaving it unsubscribes", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const subscription = await subscriber.subscribe(uri);
    for (const n of [1, 2, 3]) await publisher.publish(uri, [n], { acknowledge: true });
    checkEqual(await take(subscription, 3), [1, 2, 3], "the events");
    checkEqual(await subscription.ended, undefined, "it has ended");
  }),
  caseOf("events: the oldest are dropped and counted when a loop is too slow", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const subscription = await subscriber.subscribe(uri, { buffer: 2 });
    const last = new Promise((resolve) => void subscriber.subscribe(uri, ({ args }) => args[0] === 5 && resolve(5)));
    await subscriber.call(uri).catch(() => {});
    for (const n of [1, 2, 3, 4, 5]) await publisher.publish(uri, [n]);
    await last;
    checkEqual(subscription.dropped, 3, "events dropped");
    checkEqual(await take(subscription, 2), [4, 5], "the events kept");
  }),
  caseOf("events: two subscriptions to a topic end one by one", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const heard: string[] = [];
    const first = await subscriber.subscribe(uri, () => heard.push("first"));
    const second = await subscriber.subscribe(uri);
    await first.unsubscribe();
    await first.unsubscribe();
    await publisher.publish(uri, ["x"]);
    checkEqual(await take(second, 1), ["x"], "the other's event");
    checkEqual(heard, [], "the ended one's");
  }),
  caseOf("events: subscribing while the last subscription ends", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const first = await subscriber.subscribe(uri);
    const [second] = await Promise.all([subscriber.subscribe(uri), first.unsubscribe()]);
    await publisher.publish(uri, ["x"]);
    checkEqual(await take(second, 1), ["x"], "the event");
  }),
  caseOf("events: a pattern tells the topic", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    const arrived = new Promise((resolve) => {
      void subscriber.subscribe(`${uri}.`, ({ topic }) => resolve(topic), { match: "prefix" });
    });
    await subscriber.call(uri).catch(() => {});
    await publisher.publish(`${uri}.below`);
    checkEqual(await arrived, `${uri}.below`, "the topic");
  }),
  caseOf("events: a handler that fails affects no other", async ({ open, uri }) => {
    const [publisher, subscriber] = [await open(), await open()];
    await subscriber.subscribe(uri, () => {
      throw new Error("broken");
    });
    await subscriber.subscribe(uri, async () => {
      throw new Error("broken later");
    });
    const third: Subscription = await subscriber.subscribe(uri);
    await publisher.publish(uri, ["x"]);
    checkEqual(await take(third, 1), ["x"], "the event");
  }),
];

const LIFE: readonly SessionCase[] = [
  caseOf("procedures: one that exists is refused", async ({ open, uri }) => {
    const session = await open();
    await session.register(uri, () => 1);
    const error = await refusal(session.register(uri, () => 2));
    checkEqual(error.uri, ErrorUri.PROCEDURE_ALREADY_EXISTS, "the error");
    checkEqual((await session.call(uri)).value, 1, "the first one answers");
  }),
  caseOf("procedures: a call that runs is answered after they were unregistered", async ({ open, uri }) => {
    const [caller, callee] = [await open(), await open()];
    let answer: (value: string) => void = () => {};
    let start = (): void => {};
    const started = new Promise<void>((resolve) => (start = resolve));
    const registration = await callee.register(uri, () => {
      start();
      return new Promise((resolve) => (answer = resolve));
    });
    const call = caller.call(uri);
    await started;
    await registration.unregister();
    checkEqual((await refusal(caller.call(uri))).uri, ErrorUri.NO_SUCH_PROCEDURE, "a new call");
    answer("done");
    checkEqual((await call).value, "done", "the running call");
  }),
  caseOf("closing: whatever is open ends, on both sides, and nothing is left pending", async ({ open, uri }) => {
    const [closing, other] = [await open(), await open()];
    const { handler, started } = endless();
    await other.register(`${uri}.other`, handler);
    const own = endless();
    await closing.register(`${uri}.own`, own.handler);
    const outgoing = closing.call(`${uri}.other`);
    const stream = closing.stream(`${uri}.other`);
    const incoming = other.call(`${uri}.own`);
    const events = await closing.subscribe(uri);
    const registration = await closing.register(`${uri}.more`, () => 1);
    await Promise.all([started, own.started]);
    const outcomes = Promise.all([rejection(outgoing), rejection(stream.next()), refusal(incoming)]);
    const loop = take(events, 1);
    await closing.close();
    await closing.close();
    const [call, part, refused] = await outcomes;
    check(call instanceof SessionEndedError && part instanceof SessionEndedError, "open calls reject");
    checkEqual(refused.uri, ErrorUri.CANCELED, "the other's call");
    check((await own.stopped) instanceof SessionEndedError, "the procedure is told");
    checkEqual(await loop, [], "the loop ends");
    checkEqual([await events.ended, await registration.ended], [undefined, undefined], "how they ended");
    checkEqual(closing.state, "closed", "the state");
    check((await rejection(closing.call(uri))) instanceof SessionEndedError, "later requests reject");
    await Promise.all([events.unsubscribe(), registration.unregister()]);
  }),
];

/** All clauses. */
export const SESSION_CASES: readonly SessionCase[] = [...CALLS, ...STREAMS, ...EVENTS, ...LIFE];
