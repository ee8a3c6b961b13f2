import fc from "fast-check";
import { MAX_ID, MessageType as M, type Message, type Payload } from "../index.js";

/** Arbitrary messages for property tests: every type, known and unknown options, every kind of value. */

const id = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.maxSafeNat().filter(Boolean), fc.constant(MAX_ID));
const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.string({ unit: "binary", maxLength: 80 }));
// A string that begins with \0 may be binary data in JSON.
const plainText = text.filter((value) => !value.startsWith("\0"));
const uri = fc.array(fc.string({ unit: fc.constantFrom(..."abcdefghij0123_ü"), minLength: 1 }), {
  minLength: 1,
  maxLength: 5,
});
const uriText = uri.map((components) => components.join("."));
const bytes = fc.uint8Array({ maxLength: 40 });
const number = fc
  .oneof(fc.maxSafeInteger(), fc.integer(), fc.nat({ max: 300 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => (value === 0 ? 0 : value));

const keys = fc.oneof(plainText, fc.constantFrom("__proto__", "constructor", "toJSON", "hasOwnProperty", "1", ""));

function valueOf(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 5 }),
    ),
  })).value;
}

/** Values that every format can carry. */
export const portableValue: fc.Arbitrary<unknown> = valueOf(
  fc.oneof(fc.constantFrom(null, true, false), number, plainText, bytes),
);

/** Values that only binary formats can carry: integers beyond 2^53, non-finite numbers, any string. */
export const binaryValue: fc.Arbitrary<unknown> = valueOf(
  fc.oneof(
    fc.constantFrom(null, true, NaN, Infinity, -Infinity),
    number,
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }),
    text,
    bytes,
  ),
);

function payloadOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Payload> {
  const args = fc.array(value, { maxLength: 4 });
  const kwargs = fc.dictionary(keys, value, { maxKeys: 4 });
  return fc.oneof(fc.constant({}), fc.record({ args }), fc.record({ args, kwargs }), fc.record({ kwargs }));
}

/** Options with some of the given attributes and unknown ones. */
function optionsWith<T>(known: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  const unknown = fc.dictionary(
    fc.string({ unit: "grapheme-ascii", maxLength: 6 }).map((name) => `_${name}`),
    portableValue,
    { maxKeys: 2 },
  );
  const some = fc.record(known, { requiredKeys: [] });
  return fc.oneof(
    fc.constant({}),
    fc.tuple(some, unknown).map(([one, other]) => ({ ...one, ...other }) as Partial<T>),
  );
}

const bool = fc.boolean();
const hops = fc.array(fc.record({ session: id, authid: fc.option(plainText), authrole: plainText }), { maxLength: 2 });
const request = id;
const registration = id;
const subscription = id;
const publication = id;
const reason = uriText;
const extra = optionsWith({ challenge: plainText, channel_binding: fc.constant(null) });
const roles = (...names: [string, ...string[]]) =>
  fc.dictionary(fc.constantFrom(...names), fc.constantFrom({}, { features: { a: true } }), {
    minKeys: 1,
    noNullPrototype: true,
  });

/** An arbitrary message of any type, with a payload of arbitrary values. */
export function messageWith(value: fc.Arbitrary<unknown>): fc.Arbitrary<Message> {
  const payload = payloadOf(value);
  const call = optionsWith({ receive_progress: bool, timeout: fc.nat(), disclose_me: bool, forward_for: hops });
  const publish = optionsWith({ acknowledge: bool, exclude: fc.array(id), eligible_authid: fc.array(plainText) });
  const event = optionsWith({ publisher: id, topic: uriText, retained: bool, trustlevel: fc.nat() });
  const invocation = optionsWith({ procedure: uriText, caller: id, progress: bool });
  const subscribe = optionsWith({ match: fc.constantFrom("exact", "prefix", "wildcard"), get_retained: bool });
  const register = optionsWith({ invoke: fc.constantFrom("single", "random"), concurrency: fc.nat() });
  const cancel = optionsWith({ mode: fc.constantFrom("skip", "kill", "killnowait") });
  const result = optionsWith({ progress: bool, ppt_scheme: plainText });
  const requestType = fc.constantFrom(M.CALL, M.PUBLISH, M.SUBSCRIBE, M.REGISTER, M.INVOCATION);
  const revoked = fc.record({ reason: plainText, subscription: id }, { requiredKeys: ["reason"] });
  const type = <T>(code: T) => fc.constant(code);
  return fc.oneof(
    fc.record({ type: type(M.HELLO), realm: uriText, details: fc.record({ roles: roles("caller", "publisher") }) }),
    fc.record({ type: type(M.WELCOME), session: id, details: fc.record({ roles: roles("broker", "dealer") }) }),
    fc.record({ type: type(M.ABORT), details: extra, reason, payload }),
    fc.record({ type: type(M.CHALLENGE), authmethod: plainText, extra }),
    fc.record({ type: type(M.AUTHENTICATE), signature: plainText, extra }),
    fc.record({ type: type(M.GOODBYE), details: extra, reason }),
    fc.record({ type: type(M.ERROR), requestType, request, details: extra, error: uriText, payload }),
    fc.record({ type: type(M.PUBLISH), request, options: publish, topic: uriText, payload }),
    fc.record({ type: type(M.PUBLISHED), request, publication }),
    fc.record({ type: type(M.SUBSCRIBE), request, options: subscribe, topic: uriText }),
    fc.record({ type: type(M.SUBSCRIBED), request, subscription }),
    fc.record({ type: type(M.UNSUBSCRIBE), request, subscription }),
    fc.record({ type: type(M.UNSUBSCRIBED), request }),
    fc.record({ type: type(M.UNSUBSCRIBED), request: fc.constant(0), details: revoked }),
    fc.record({ type: type(M.EVENT), subscription, publication, details: event, payload }),
    fc.record({ type: type(M.EVENT_RECEIVED), publication }),
    fc.record({ type: type(M.CALL), request, options: call, procedure: uriText, payload }),
    fc.record({ type: type(M.CANCEL), request, options: cancel }),
    fc.record({ type: type(M.RESULT), request, details: result, payload }),
    fc.record({ type: type(M.REGISTER), request, options: register, procedure: uriText }),
    fc.record({ type: type(M.REGISTERED), request, registration }),
    fc.record({ type: type(M.UNREGISTER), request, registration }),
    fc.record({ type: type(M.UNREGISTERED), request }),
    fc.record({ type: type(M.INVOCATION), request, registration, details: invocation, payload }),
    fc.record({ type: type(M.INTERRUPT), request, options: cancel }),
    fc.record({ type: type(M.YIELD), request, options: result, payload }),
  ) as fc.Arbitrary<Message>;
}
