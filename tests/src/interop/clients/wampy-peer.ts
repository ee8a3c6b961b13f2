import { type Errors, Wampy } from "wampy";
import { CborSerializer } from "wampy/CborSerializer.js";
import { JsonSerializer } from "wampy/JsonSerializer.js";
import { MsgpackSerializer } from "wampy/MsgpackSerializer.js";
import { WebSocket } from "ws";
import { inTime } from "../../support/wait.js";
import type { RouterProcess } from "../../support/router-process.js";
import { EventQueue } from "./event-queue.js";
import {
  type CallOptions,
  type CodecName,
  type Dict,
  type Ending,
  Failure,
  type Handler,
  type Incoming,
  type Invocation,
  type Subscription,
  type Outgoing,
  type Peer,
  type PeerKind,
  type Registration,
  type RunningCall,
  type SubscribeOptions,
} from "./peer.js";

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;
type Serializer = NonNullable<WampyOptions["serializer"]>;

const SERIALIZERS: Readonly<Record<CodecName, () => Serializer>> = {
  json: () => new JsonSerializer(),
  msgpack: () => new MsgpackSerializer(),
  cbor: () => new CborSerializer(),
};

/** Wampy with one codec. */
export class WampyKind implements PeerKind {
  readonly library = "Wampy";
  readonly codec: CodecName;

  constructor(codec: CodecName) {
    this.codec = codec;
  }

  get name(): string {
    return `${this.library} (${this.codec})`;
  }

  async open({ url }: RouterProcess, realm = "realm1"): Promise<WampyPeer> {
    const errors: string[] = [];
    const goodbyes = new GoodbyeLog();
    const client = new Wampy(url, {
      realm,
      serializer: SERIALIZERS[this.codec](),
      payloadSerializers: { json: SERIALIZERS.json(), msgpack: SERIALIZERS.msgpack(), cbor: SERIALIZERS.cbor() },
      // On Node, Wampy has no WebSocket of its own.
      ws: WebSocket as unknown as NonNullable<WampyOptions["ws"]>,
      autoReconnect: false,
      debug: true,
      logger: goodbyes.log,
      onClose: goodbyes.closed,
      onError: (error) => void errors.push(String(error)),
    });
    const welcome = await inTime(`${this.name} to join`, withFailures(client.connect()));
    return new WampyPeer(this, client, welcome, goodbyes.ended, errors);
  }
}

/** Finds the GOODBYE in the debug log of Wampy, which has no other way to learn why a session ended. */
class GoodbyeLog {
  readonly ended: Promise<Ending>;
  closed: () => void = () => {};
  #ending: Ending = { reason: undefined, message: undefined };

  constructor() {
    this.ended = new Promise((resolve) => {
      this.closed = () => resolve(this.#ending);
    });
  }

  readonly log = (entry: unknown): void => {
    const [text, message] = entry as readonly [string, readonly unknown[]];
    if (!text.startsWith("websocket message received") || message[0] !== 6) return;
    const [, details, reason] = message as readonly [number, { readonly message?: string }, string];
    this.#ending = { reason, message: details.message };
  };
}

export class WampyPeer implements Peer {
  readonly kind: PeerKind;
  readonly session: number;
  readonly welcome: Dict;
  readonly ended: Promise<Ending>;
  readonly errors: readonly string[];
  /** The library's own client. */
  readonly raw: Wampy;

  constructor(kind: PeerKind, raw: Wampy, welcome: Dict, ended: Promise<Ending>, errors: readonly string[]) {
    this.kind = kind;
    this.raw = raw;
    this.welcome = welcome;
    this.ended = ended;
    this.errors = errors;
    this.session = plain(raw.getSessionId()) as number;
  }

  async subscribe(topic: string, options?: SubscribeOptions): Promise<Subscription> {
    const queue = new EventQueue();
    const handler = (event: WampyMessage): void => queue.put({ ...incoming(event), details: plain(event.details) });
    const { subscriptionId } = await withFailures(this.raw.subscribe(topic, handler, options && { ...options }));
    return {
      events: queue.events,
      next: () => queue.next(),
      unsubscribe: async () => void (await withFailures(this.raw.unsubscribe(subscriptionId))),
    };
  }

  async publish(topic: string, message?: Outgoing, options?: Dict): Promise<void> {
    await withFailures(this.raw.publish(topic, outgoing(message), options && { ...options }));
  }

  async register(procedure: string, handler: Handler, options?: Dict): Promise<Registration> {
    await withFailures(this.raw.register(procedure, endpointOf(handler), options && { ...options }));
    return {
      // Wampy does not announce the feature, and ignores an UNREGISTERED that it did not ask for.
      revoked: new Promise(() => {}),
      unregister: async () => void (await withFailures(this.raw.unregister(procedure))),
    };
  }

  call(procedure: string, message?: Outgoing, options?: CallOptions): Promise<Incoming> {
    return this.start(procedure, message, options).result;
  }

  start(procedure: string, message?: Outgoing, options: CallOptions = {}): RunningCall {
    const { onProgress, ...rest } = options;
    const progressOptions = onProgress && { progress_callback: (result: WampyMessage) => onProgress(incoming(result)) };
    const promise = this.raw.call(procedure, outgoing(message), { ...rest, ...progressOptions });
    const { reqId } = this.raw.getOpStatus();
    return { result: withFailures(promise).then(incoming), cancel: (mode) => void this.raw.cancel(reqId, { mode }) };
  }

  async close(): Promise<Ending> {
    await inTime("the end of the session", this.raw.disconnect());
    return this.ended;
  }
}

interface WampyMessage {
  readonly details: Record<string, unknown>;
  readonly argsList?: unknown[];
  readonly argsDict?: Record<string, unknown>;
}

interface WampyInvocation extends WampyMessage {
  readonly result_handler: (result: WampyResult) => void;
}

/** Not an interface: Wampy expects a dict, to which only a type alias is assignable. */
type WampyResult = {
  argsList?: unknown[];
  argsDict?: Record<string, unknown>;
  options?: { progress?: boolean };
};

function endpointOf(handler: Handler) {
  return async (invocation: WampyInvocation): Promise<WampyResult> => {
    const details = plain(invocation.details);
    const progress: Invocation["progress"] = (message) =>
      invocation.result_handler({ ...outgoing(message), options: { progress: true } });
    try {
      return outgoing(await handler({ ...incoming(invocation), details, progress })) ?? {};
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Wampy sends a thrown error that has these properties.
      throw Object.assign(new Error(error.uri), { error: error.uri, argsList: error.args, argsDict: error.kwargs });
    }
  };
}

function outgoing(message: Outgoing | undefined): WampyResult | undefined {
  if (message === undefined) return undefined;
  const { args, kwargs } = message;
  return { ...(args && { argsList: [...args] }), ...(kwargs && { argsDict: { ...kwargs } }) };
}

function incoming({ argsList = [], argsDict = {} }: WampyMessage): Incoming {
  return { args: plain(argsList), kwargs: plain(argsDict) };
}

/** Converts bigints to numbers: over MessagePack, Wampy decodes all 64-bit integers as bigints. */
function plain<T>(value: T): T;
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((element: unknown) => plain(element));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** Converts WAMP errors of Wampy to {@link Failure}s; passes on its other errors. */
async function withFailures<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const { errorUri, argsList, argsDict, details } = error as Partial<InstanceType<typeof Errors.WampError>>;
    if (errorUri === undefined) throw error;
    throw new Failure(errorUri, argsList ?? (details?.["message"] === undefined ? [] : [details["message"]]), argsDict);
  }
}
