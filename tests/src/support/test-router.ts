import { MessageType as M, type Codec, type Id, type Uri } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import {
  allowAll,
  CounterMetrics,
  createRouter,
  type Logger,
  type Plugin,
  type RealmContext,
  type RealmOptions,
  type Router,
  type RouterOptions,
} from "@kreuz/router";
import { FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory, type MemoryOptions } from "@kreuz/transport-memory";
import { expect } from "vitest";

/** The realm of a scenario that does not care about realms. */
export const REALM = "com.example.realm";

/** One line that the router logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A router in this process with everything that a scenario may want to look at. */
export class Stage {
  readonly router: Router;
  readonly clock: FakeClock;
  readonly metrics: CounterMetrics;
  readonly log: readonly LogLine[];

  constructor(router: Router, clock: FakeClock, metrics: CounterMetrics, log: readonly LogLine[]) {
    this.router = router;
    this.clock = clock;
    this.metrics = metrics;
    this.log = log;
  }

  /** A client that is connected and has said nothing yet. */
  connect(codec: Codec = json, options: Omit<MemoryOptions, "codec"> = {}): WireSession {
    const client = new WireSession();
    connectMemory(this.router, client, { clock: this.clock, ...options, codec });
    return client;
  }

  /** A client that has joined. */
  async join(realm: string = REALM, codec: Codec = json): Promise<WireSession> {
    const client = this.connect(codec);
    await client.join(realm);
    return client;
  }

  errors(): readonly LogLine[] {
    return this.log.filter(({ level }) => level === "error");
  }
}

export interface StageOptions extends Partial<Omit<RouterOptions, "realms">> {
  /** Settings of the one realm; or several realms. */
  readonly realm?: Partial<RealmOptions>;
  readonly realms?: readonly RealmOptions[];
}

/** Opens a router with one realm that allows everything, unless told otherwise. */
export async function openStage({ realm = {}, realms, ...options }: StageOptions = {}): Promise<Stage> {
  const clock = new FakeClock();
  const metrics = new CounterMetrics();
  const log: LogLine[] = [];
  const router = await createRouter({
    clock,
    metrics,
    logger: recorder(log),
    ...options,
    realms: realms ?? [{ uri: REALM, authorizer: allowAll, ...realm }],
  });
  return new Stage(router, clock, metrics, log);
}

function recorder(log: LogLine[]): Logger {
  const at = (level: LogLine["level"]) => (fields: object, message: string) =>
    void log.push({ level, fields: fields as LogLine["fields"], message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A frame of any text, valid or not. */
export function frame(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a frame says, when its codec is JSON. */
export function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Sends a message as the text of a frame, valid or not. */
export function say(client: WireSession, text: string): void {
  client.sendFrame(frame(text));
}

/**
 * The router ends the connection: ABORT with this reason, and nothing else before the transport closes.
 *
 * @returns what ABORT says for people.
 */
export async function expectAbort(client: WireSession, reason: Uri): Promise<string> {
  const abort = await client.expect(M.ABORT);
  expect(abort.reason).toBe(reason);
  await client.expectClosed();
  expect(client.unread).toEqual([]);
  return String(abort.details["message"]);
}

/** The answer to a request that fails. @returns the first positional element of the ERROR, the text for people. */
export async function expectError(client: WireSession, requestType: number, request: Id, error: Uri): Promise<string> {
  const answer = await client.expect(M.ERROR);
  expect(answer).toMatchObject({ requestType, request, error });
  return String(answer.payload.args?.[0]);
}

/** All clients disconnect. Nothing of them may be left in the router: no connection, no timer, nothing in any realm. */
export async function expectNoTrace({ router, clock }: Stage, clients: readonly WireSession[]): Promise<void> {
  for (const client of clients) client.disconnect();
  await settle();
  expect({ connections: router.connections, timers: clock.pending }).toEqual({ connections: 0, timers: 0 });
  for (const realm of router.realms) {
    const {
      localSessions,
      retainedTopics: _mayStay,
      ...left
    } = router.counts(realm) ?? { localSessions: 0, retainedTopics: 0 };
    // Sessions inside the process may stay and hold what is theirs.
    if (localSessions === 0) for (const count of Object.values(left)) expect(count, JSON.stringify(left)).toBe(0);
    else expect(left).toMatchObject({ sessions: 0, pendingCalls: 0, waitingCalls: 0 });
  }
}

/** A plugin that only hands out its view of the realm, so that a scenario can look at the directories. */
export class Probe implements Plugin {
  readonly name = "probe";
  #realm: RealmContext | undefined;

  get realm(): RealmContext {
    if (this.#realm === undefined) throw new Error("the probe's realm is not open");
    return this.#realm;
  }

  setup(realm: RealmContext): void {
    this.#realm = realm;
  }

  /** How many sessions, subscriptions and registrations the realm holds. */
  async counts(): Promise<{ sessions: number; subscriptions: number; registrations: number }> {
    const { sessions, subscriptions, registrations } = this.realm;
    return {
      sessions: await sessions.count(),
      subscriptions: (await subscriptions.list()).length,
      registrations: (await registrations.list()).length,
    };
  }
}

/** A promise that a scenario settles when it likes. */
export class Later<T> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => {};
  reject: (error: Error) => void = () => {};

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** A codec like JSON, but for what the scenario changes. */
export function jsonVariant(changes: Partial<Codec>): Codec {
  return {
    id: json.id,
    subprotocol: json.subprotocol,
    binary: json.binary,
    decode: (bytes) => json.decode(bytes),
    encode: (message) => json.encode(message),
    decodePayload: (payload) => json.decodePayload(payload),
    encodePayload: (payload) => json.encodePayload(payload),
    ...changes,
  };
}

/** A codec that cannot encode messages whose payload mentions poison. */
export const picky: Codec = jsonVariant({
  id: "picky",
  encode(message) {
    const bytes = json.encode(message);
    if (textOf(bytes).includes("poison")) throw new TypeError("picky does not take poison");
    return bytes;
  },
});

/** Every codec, by its id. */
export const CODECS: ReadonlyArray<readonly [id: string, codec: Codec]> = [json, msgpack, cbor].map((codec) => [
  codec.id,
  codec,
]);

/** All pairs of codecs: of the one who sends and the one who receives. */
export const CODEC_PAIRS: ReadonlyArray<readonly [from: string, to: string, sender: Codec, receiver: Codec]> =
  CODECS.flatMap(([from, sender]) => CODECS.map(([to, receiver]) => [from, to, sender, receiver] as const));

/** Arguments that every codec can carry, and that codecs like to get wrong. */
export const ARGS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  -(2 ** 40),
  Number.MAX_SAFE_INTEGER,
  "",
  "ü€😀",
  "\\u0000 is no binary",
  Uint8Array.of(0, 1, 127, 128, 255),
  [],
  {},
  [[], [{}]],
  { "": null, "key with spaces": { deep: [1, [2, [3]]] } },
];
export const KWARGS: Readonly<Record<string, unknown>> = {
  name: "Jörg",
  empty: {},
  list: [],
  blob: new Uint8Array(0),
  n: 7,
};
