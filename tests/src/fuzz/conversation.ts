import { type Dict, type Id, type Message, MessageType as M, type Payload, type Uri } from "@kreuz/codec";
import { ALL_CLIENT_ROLES } from "@kreuz/testkit";
import type { SeededRandom } from "./seeded-random.js";

const PROCEDURES: readonly Uri[] = ["com.fuzz.p0", "com.fuzz.p1", "com.fuzz.p2.deep.name"];
const TOPICS: readonly Uri[] = ["com.fuzz.t0", "com.fuzz.t1", "com.fuzz.t2.deep.name", "com.fuzz.kept"];
const PATTERNS: readonly (readonly [match: string, uri: Uri])[] = [
  ["exact", "com.fuzz.t0"],
  ["prefix", "com.fuzz"],
  ["prefix", "com.fuzz.t2.deep."],
  ["wildcard", "com..t1"],
  ["wildcard", "..t2..name"],
  ["wildcard", ".fuzz."],
];
const META_CALLS: readonly (readonly [procedure: Uri, argument?: unknown])[] = [
  ["wamp.session.count"],
  ["wamp.session.list"],
  ["wamp.session.get", 1],
  ["wamp.session.kill_all"],
  ["wamp.subscription.list"],
  ["wamp.subscription.lookup", "com.fuzz.t0"],
  ["wamp.subscription.match", "com.fuzz.t1"],
  ["wamp.subscription.list_subscribers", 1],
  ["wamp.subscription.get_events", 1],
  ["wamp.registration.list"],
  ["wamp.registration.match", "com.fuzz.p0"],
  ["wamp.registration.count_callees", 1],
  ["wamp.session.flush_testaments"],
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 53,
  Number.NaN,
  "",
  "wamp.error.canceled",
  "\ud800",
  "x".repeat(2000),
  [],
  [[[]]],
  {},
  { "": {} },
  Uint8Array.of(0, 255),
];

/**
 * What one client says: valid messages in a valid order, on URIs that all clients share. It hears the router's answers, so
 * that it can go on with the ids in them.
 */
export class Conversation {
  readonly #random: SeededRandom;
  readonly #subscriptions: Id[] = [];
  readonly #registrations: Id[] = [];
  readonly #invocations: Id[] = [];
  #request = 0;
  /** The last call, which may be canceled, and one that may go on with more arguments. */
  #call: Id | undefined;
  #openCall: { readonly request: Id; readonly procedure: Uri } | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  hello(): Message {
    return { type: M.HELLO, realm: "realm1", details: { roles: ALL_CLIENT_ROLES } };
  }

  goodbye(): Message {
    return { type: M.GOODBYE, details: {}, reason: "wamp.close.close_realm" };
  }

  hear(message: Message): void {
    if (message.type === M.SUBSCRIBED) this.#subscriptions.push(message.subscription);
    if (message.type === M.REGISTERED) this.#registrations.push(message.registration);
    if (message.type === M.INVOCATION) this.#invocations.push(message.request);
  }

  /** The next message of any kind but HELLO and GOODBYE. */
  next(): Message {
    return this.#random.pick([
      this.#subscribe,
      this.#publish,
      this.#publish,
      this.#register,
      this.#startCall,
      this.#startCall,
      this.#goOn,
      this.#cancel,
      this.#answer,
      this.#answer,
      this.#giveUp,
      this.#callMeta,
      this.#addTestament,
    ])();
  }

  readonly #subscribe = (): Message => {
    const [match, topic] = this.#random.pick(PATTERNS);
    const options: Dict = { match, get_retained: this.#random.chance(50) };
    return { type: M.SUBSCRIBE, request: ++this.#request, options, topic };
  };

  readonly #publish = (): Message => {
    const options: Dict = {
      ...this.#some({ acknowledge: true, retain: true, exclude_me: false, disclose_me: true }),
      ...this.#some({ exclude: [1, 2], eligible_authrole: ["anonymous"], rkey: "a", ppt_scheme: "x_fuzz" }),
    };
    return { type: M.PUBLISH, request: ++this.#request, options, ...this.#payload(), topic: this.#random.pick(TOPICS) };
  };

  readonly #register = (): Message => {
    const invoke = this.#random.pick(["single", "roundrobin", "random", "first", "last"]);
    const options: Dict = { invoke, ...this.#some({ concurrency: 1, match: "prefix", force_reregister: true }) };
    return { type: M.REGISTER, request: ++this.#request, options, procedure: this.#random.pick(PROCEDURES) };
  };

  readonly #startCall = (): Message => {
    const progress = this.#random.chance(33);
    const options = this.#some({ receive_progress: true, timeout: 1 + this.#random.below(50) });
    const procedure = this.#random.pick(PROCEDURES);
    const request = (this.#call = ++this.#request);
    if (progress) this.#openCall = { request, procedure };
    return {
      type: M.CALL,
      request,
      options: progress ? { ...options, progress } : options,
      ...this.#payload(),
      procedure,
    };
  };

  /** More arguments of a progressive call, or the last ones. */
  readonly #goOn = (): Message => {
    const call = this.#openCall;
    if (call === undefined) return this.#startCall();
    const progress = this.#random.chance(60);
    if (!progress) this.#openCall = undefined;
    return { type: M.CALL, ...call, options: progress ? { progress } : {}, ...this.#payload() };
  };

  readonly #cancel = (): Message => {
    if (this.#call === undefined) return this.#startCall();
    const mode = this.#random.pick(["skip", "kill", "killnowait"] as const);
    const request = this.#call;
    if (this.#openCall?.request === request) this.#openCall = undefined;
    return { type: M.CANCEL, request, options: { mode } };
  };

  readonly #answer = (): Message => {
    // An answer to an invocation that there never was ends the session, so only some give one.
    if (this.#invocations.length === 0 && this.#random.chance(98)) return this.#publish();
    const more = this.#random.chance(40);
    const request = this.#heard(this.#invocations, !more);
    if (this.#random.chance(20))
      return {
        type: M.ERROR,
        requestType: M.INVOCATION,
        request,
        details: {},
        error: "com.fuzz.no",
        ...this.#payload(),
      };
    return { type: M.YIELD, request, options: more ? { progress: true } : {}, ...this.#payload() };
  };

  readonly #giveUp = (): Message => {
    const request = ++this.#request;
    return this.#random.chance(50)
      ? { type: M.UNSUBSCRIBE, request, subscription: this.#heard(this.#subscriptions) }
      : { type: M.UNREGISTER, request, registration: this.#heard(this.#registrations) };
  };

  readonly #callMeta = (): Message => {
    const [procedure, argument] = this.#random.pick(META_CALLS);
    const args = argument === undefined ? [] : [argument === 1 ? this.#heard(this.#subscriptions, false) : argument];
    return { type: M.CALL, request: ++this.#request, options: {}, procedure, payload: { args } };
  };

  readonly #addTestament = (): Message => {
    const args = [this.#random.pick(TOPICS), ["gone"], {}];
    const kwargs = this.#some({ publish_options: { retain: true }, scope: "detached" });
    const procedure = "wamp.session.add_testament";
    return { type: M.CALL, request: ++this.#request, options: {}, procedure, payload: { args, kwargs } };
  };

  /** One of the ids that the router gave, or one that it did not. */
  #heard(ids: Id[], remove = true): Id {
    if (ids.length === 0 || this.#random.chance(1)) return 1 + this.#random.below(50);
    const index = this.#random.below(ids.length);
    return remove ? ids.splice(index, 1)[0]! : ids[index]!;
  }

  #payload(): { readonly payload: Payload } {
    const { length } = ODD_VALUES;
    const args = this.#random.list(0, 3, () => ODD_VALUES[this.#random.below(length)]);
    return { payload: this.#random.pick([{}, { args: [1, "a"] }, { args }, { args: [], kwargs: { key: args } }]) };
  }

  /** Each of these with a chance of one in three. */
  #some(options: Dict): Dict {
    return Object.fromEntries(Object.entries(options).filter(() => this.#random.chance(33)));
  }
}

/** The same message with one field, or one entry of its options, replaced by what does not belong there. */
export function withOddField(message: Message, random: SeededRandom): Message {
  const fields = Object.keys(message).filter((key) => key !== "type" && key !== "payload");
  const field = random.pick(fields);
  const value = (message as unknown as Dict)[field];
  const odd = random.pick(ODD_VALUES);
  if (typeof value !== "object" || value === null || random.chance(20))
    return { ...message, [field]: odd } as unknown as Message;
  const key = random.pick([...Object.keys(value), "match", "x"]);
  return { ...message, [field]: { ...value, [key]: odd } } as unknown as Message;
}
