import * as autobahn from "autobahn";
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
  type Subscription,
  type Outgoing,
  type Peer,
  type PeerKind,
  type Registration,
  type RunningCall,
  type SubscribeOptions,
} from "./peer.js";

const { serializer } = autobahn;
const SERIALIZERS: Readonly<Record<CodecName, new () => autobahn.Serializer>> = {
  json: serializer.JSONSerializer,
  msgpack: serializer.MsgpackSerializer,
  cbor: serializer.CBORSerializer,
};

// It logs every connection that closes.
autobahn.log.warn = () => {};

/** Autobahn|JS with one codec. */
export class AutobahnKind implements PeerKind {
  readonly library = "Autobahn|JS";
  readonly codec: CodecName;

  constructor(codec: CodecName) {
    this.codec = codec;
  }

  get name(): string {
    return `${this.library} (${this.codec})`;
  }

  open({ url }: RouterProcess, realm = "realm1"): Promise<AutobahnPeer> {
    const errors: string[] = [];
    const connection = new autobahn.Connection({
      url,
      realm,
      serializers: [new SERIALIZERS[this.codec]()],
      retry_if_unreachable: false,
      // It logs every error that a handler throws, including expected ones.
      on_user_error: () => {},
      on_internal_error: (error) => errors.push(error instanceof autobahn.Error ? error.error : String(error)),
    });
    const opening = new Promise<AutobahnPeer>((resolve, reject) => {
      const ended = new Promise<Ending>((resolve) => {
        // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a property of Autobahn, not an event
        connection.onclose = (_, { reason, message }) => {
          reject(new Failure(reason ?? "no connection", [message]));
          // It reports a missing reason as null, and a missing message as "".
          resolve({ reason: reason ?? undefined, message: message || undefined });
          return true;
        };
      });
      // oxlint-disable-next-line unicorn/prefer-add-event-listener
      connection.onopen = (session, welcome) =>
        resolve(new AutobahnPeer({ kind: this, connection, raw: session, welcome, ended, errors }));
      connection.open();
    });
    return inTime(`${this.name} to join`, opening);
  }
}

interface AutobahnParts {
  readonly kind: PeerKind;
  readonly connection: autobahn.Connection;
  readonly raw: autobahn.Session;
  readonly welcome: Dict;
  readonly ended: Promise<Ending>;
  readonly errors: readonly string[];
}

export class AutobahnPeer implements Peer {
  readonly kind: PeerKind;
  readonly session: number;
  readonly welcome: Dict;
  readonly ended: Promise<Ending>;
  readonly errors: readonly string[];
  /** The library's own session, for tests that use its own API. */
  readonly raw: autobahn.Session;
  readonly #connection: autobahn.Connection;

  constructor({ kind, connection, raw, welcome, ended, errors }: AutobahnParts) {
    this.kind = kind;
    this.welcome = welcome;
    this.ended = ended;
    this.errors = errors;
    this.raw = raw;
    this.session = raw.id!;
    this.#connection = connection;
  }

  async subscribe(topic: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const queue = new EventQueue();
    const handler = (args: readonly unknown[], kwargs: Dict, event: autobahn.Event): void =>
      queue.put({ args, kwargs, details: { ...event } });
    const subscription = await native(this.raw.subscribe(topic, handler, options));
    return {
      events: queue.events,
      next: () => queue.next(),
      unsubscribe: async () => void (await native(subscription.unsubscribe())),
    };
  }

  async publish(topic: string, { args, kwargs }: Outgoing = {}, options: Dict = {}): Promise<void> {
    await native(this.raw.publish(topic, args, kwargs, { acknowledge: true, ...options }));
  }

  async register(procedure: string, handler: Handler, options: Dict = {}): Promise<Registration> {
    const registration = await native(this.raw.register(procedure, endpointOf(handler), options));
    return {
      revoked: Promise.resolve(registration.on_unregister),
      unregister: () => native(registration.unregister()),
    };
  }

  call(procedure: string, message?: Outgoing, options?: CallOptions): Promise<Incoming> {
    return this.start(procedure, message, options).result;
  }

  start(procedure: string, { args, kwargs }: Outgoing = {}, options: CallOptions = {}): RunningCall {
    const { onProgress, ...rest } = options;
    const callOptions = onProgress === undefined ? rest : { ...rest, receive_progress: true };
    const promise = this.raw.call(procedure, args, kwargs, callOptions);
    if (onProgress !== undefined) promise.progress((value) => onProgress(incoming(value)));
    return { result: native(promise).then(incoming), cancel: (mode) => promise.cancel({ mode }) };
  }

  close(): Promise<Ending> {
    this.#connection.close();
    return inTime("the end of the session", this.ended);
  }
}

function endpointOf(handler: Handler) {
  return async (args: readonly unknown[], kwargs: Dict, invocation: autobahn.Invocation): Promise<autobahn.Result> => {
    const progress = (message: Outgoing): void => invocation.progress?.(message.args, message.kwargs);
    try {
      const answer = await handler({ args, kwargs, details: { ...invocation }, progress });
      return new autobahn.Result(answer.args, answer.kwargs);
    } catch (error) {
      throw error instanceof Failure ? new autobahn.Error(error.uri, error.args, error.kwargs) : error;
    }
  };
}

/** Autobahn returns a single argument as it is, and no arguments as null. */
function incoming(result: unknown): Incoming {
  if (result instanceof autobahn.Result) return { args: result.args, kwargs: result.kwargs };
  return { args: result === null ? [] : [result], kwargs: {} };
}

/** Converts a promise of when.js to a native one, and Autobahn's errors to {@link Failure}s. */
function native<T>(promise: PromiseLike<T>): Promise<T>;
function native<T>(promise: PromiseLike<T> | undefined): Promise<T | undefined>;
async function native<T>(promise: PromiseLike<T> | undefined): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof autobahn.Error ? new Failure(error.error, error.args, error.kwargs) : error;
  }
}
