import type { Dict } from "../payload.js";
import {
  bool,
  type Check,
  count,
  dict,
  EMPTY_DICT,
  encryptionAlgorithm,
  hops,
  id,
  idList,
  isDict,
  oneOf,
  reject,
  rejectBy,
  string,
  stringList,
} from "./checks.js";
import type { PublishOptions } from "./message-options.js";

/** Checks of the known attributes, by name. Unknown attributes are not checked (spec: "Extensibility"). */
export type OptionChecks = ReadonlyMap<string, Check>;

const checks = (known: Record<string, Check>): OptionChecks => new Map(Object.entries(known));

const passthru = { ppt_scheme: string, ppt_serializer: string, ppt_cipher: string, ppt_keyid: string };
const transparent = { enc_algo: encryptionAlgorithm, enc_serializer: string, enc_key: string };
const forwardable = { forward_for: hops };
const match = oneOf("exact", "prefix", "wildcard");

export const HELLO_DETAILS: OptionChecks = checks({
  roles: dict,
  agent: string,
  authmethods: stringList,
  authid: string,
  authrole: string,
  authextra: dict,
});

export const WELCOME_DETAILS: OptionChecks = checks({
  roles: dict,
  agent: string,
  realm: string,
  authid: string,
  authrole: string,
  authmethod: string,
  authprovider: string,
  authextra: dict,
});

export const PUBLISH_OPTIONS: OptionChecks = checks({
  ...passthru,
  ...transparent,
  ...forwardable,
  acknowledge: bool,
  exclude_me: bool,
  exclude: idList,
  exclude_authid: stringList,
  exclude_authrole: stringList,
  eligible: idList,
  eligible_authid: stringList,
  eligible_authrole: stringList,
  disclose_me: bool,
  retain: bool,
  rkey: string,
  transaction_hash: string,
});

export const SUBSCRIBE_OPTIONS: OptionChecks = checks({ ...forwardable, match, get_retained: bool, nkey: string });

export const EVENT_DETAILS: OptionChecks = checks({
  ...passthru,
  ...transparent,
  ...forwardable,
  publisher: id,
  publisher_authid: string,
  publisher_authrole: string,
  topic: string,
  trustlevel: count,
  retained: bool,
  transaction_hash: string,
  x_acknowledged_delivery: bool,
});

export const CALL_OPTIONS: OptionChecks = checks({
  ...passthru,
  ...transparent,
  ...forwardable,
  timeout: count,
  receive_progress: bool,
  progress: bool,
  disclose_me: bool,
  runmode: string,
  rkey: string,
  transaction_hash: string,
});

export const REGISTER_OPTIONS: OptionChecks = checks({
  ...forwardable,
  match,
  invoke: oneOf("single", "first", "last", "roundrobin", "random"),
  disclose_caller: bool,
  forward_timeout: bool,
  concurrency: count,
  force_reregister: bool,
  nkey: string,
});

export const INVOCATION_DETAILS: OptionChecks = checks({
  ...passthru,
  ...transparent,
  ...forwardable,
  procedure: string,
  caller: id,
  caller_authid: string,
  caller_authrole: string,
  trustlevel: count,
  timeout: count,
  receive_progress: bool,
  progress: bool,
});

export const RESULT_DETAILS: OptionChecks = checks({ ...passthru, ...transparent, progress: bool });

export const ERROR_DETAILS: OptionChecks = checks({ ...passthru, ...transparent });

export const CANCEL_OPTIONS: OptionChecks = checks({ mode: oneOf("skip", "kill", "killnowait"), reason: string });

export const REVOCATION_DETAILS: OptionChecks = checks({ subscription: id, registration: id, reason: string });

/**
 * Checks the known attributes of options or details.
 *
 * @param field - message and field, for example `CALL.Options`.
 * @returns the dict itself, or one shared by all when it is empty.
 * @throws ProtocolError when the value is not a dict or a known attribute has the wrong type.
 */
export function checkOptions(field: string, value: unknown, known: OptionChecks): Dict {
  if (!isDict(value)) return reject(field, dict.expected, value);
  let empty = true;
  for (const name in value) {
    empty = false;
    const check = known.get(name);
    if (check === undefined) continue;
    const attribute = value[name];
    if (!check.accepts(attribute)) rejectBy(check, `${field}.${name}`, attribute);
  }
  return empty ? EMPTY_DICT : value;
}

/**
 * Checks PUBLISH options that came in another way than in that message, for example with a testament.
 *
 * @param field - how the error names them.
 * @throws ProtocolError when the value is not a dict or a known attribute has the wrong type.
 */
export function checkPublishOptions(field: string, value: unknown): PublishOptions {
  return checkOptions(field, value, PUBLISH_OPTIONS);
}
