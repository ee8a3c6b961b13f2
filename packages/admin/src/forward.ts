import type { Dict, Payload, PublishOptions, Uri } from "@kreuz/codec";
import {
  booleanArgument,
  CallResult,
  dictArgument,
  idArgument,
  invalidArgument,
  listArgument,
  type ProcedureCall,
  stringArgument,
  stringsArgument,
} from "@kreuz/router";
import { CallArguments, integerArgument, uriArgument } from "./arguments.js";
import type { Subject } from "./audit.js";
import type { Published } from "./contract.js";
import type { OperatorSessions } from "./operator-sessions.js";

type Read = (name: string, value: unknown) => unknown;

const ids: Read = (name, value) => listArgument(name, value).map((id, index) => idArgument(`${name}[${index}]`, id));

/** The options that can be passed on. Inside the process nothing else checks them. */
const CALL_OPTIONS: Readonly<Record<string, Read>> = {
  timeout: integerArgument(0, 2 ** 31 - 1),
  disclose_me: booleanArgument,
  rkey: stringArgument,
};
const PUBLISH_OPTIONS: Readonly<Record<string, Read>> = {
  disclose_me: booleanArgument,
  exclude_me: booleanArgument,
  retain: booleanArgument,
  rkey: stringArgument,
  eligible: ids,
  eligible_authid: stringsArgument,
  eligible_authrole: stringsArgument,
  exclude: ids,
  exclude_authid: stringsArgument,
  exclude_authrole: stringsArgument,
};

/** `kreuz.do.call`: passes a call on to another realm, and what comes back. */
export async function forwardCall(
  call: ProcedureCall,
  sessions: OperatorSessions,
  note: (subject: Subject) => void,
): Promise<CallResult> {
  const { realm, uri, payload, options } = forwarded(call, "procedure", CALL_OPTIONS);
  note({ realm, procedure: uri });
  const session = sessions.in(realm, call.caller);
  const settings = { ...options, signal: call.signal };
  if (call.details.receive_progress !== true) return session.call(uri, payload, settings);
  let last: CallResult | undefined;
  for await (const result of session.stream(uri, payload, settings))
    if (result.details.progress === true) call.progress(result);
    else last = result;
  return last ?? new CallResult({});
}

/** `kreuz.do.publish`: publishes in another realm. */
export async function forwardPublication(
  call: ProcedureCall,
  sessions: OperatorSessions,
  note: (subject: Subject) => void,
): Promise<Published> {
  const { realm, uri, payload, options } = forwarded(call, "topic", PUBLISH_OPTIONS);
  note({ realm, topic: uri });
  const acknowledged: PublishOptions = { ...options, acknowledge: true };
  const publication = await sessions.in(realm, call.caller).publish(uri, payload, acknowledged);
  return { publication: publication! };
}

interface Forwarded {
  readonly realm: string;
  readonly uri: Uri;
  readonly payload: Payload;
  readonly options: Dict;
}

function forwarded(call: ProcedureCall, what: string, known: Readonly<Record<string, Read>>): Forwarded {
  const given = new CallArguments(call, 2, ["args", "kwargs", "options"]);
  const args = given.get("args", listArgument);
  const kwargs = given.get("kwargs", dictArgument);
  return {
    realm: given.at(0, "realm", stringArgument),
    uri: given.at(1, what, uriArgument),
    payload: { ...(args && { args: [...args] }), ...(kwargs && { kwargs }) },
    options: optionsOf(given.get("options", dictArgument) ?? {}, known),
  };
}

function optionsOf(options: Dict, known: Readonly<Record<string, Read>>): Dict {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const read = Object.hasOwn(known, name) ? known[name] : undefined;
      if (read === undefined)
        throw invalidArgument(`options: expected ${Object.keys(known).join(", ")}, got "${name.slice(0, 80)}"`);
      return [name, read(`options.${name}`, value)];
    }),
  );
}
