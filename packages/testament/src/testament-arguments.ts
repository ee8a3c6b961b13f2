import {
  checkPublishOptions,
  ProtocolError,
  type Dict,
  type Payload,
  type PublishOptions,
  type Uri,
} from "@kreuz/codec";
import {
  atMostArguments,
  choiceArgument,
  dictArgument,
  invalidArgument,
  keepPayload,
  listArgument,
  optionalArgument,
  stringArgument,
  type ProcedureCall,
} from "@kreuz/router";

/** When a testament is published (spec: "Session Testament"). */
export type Scope = "detached" | "destroyed";

const SCOPES: readonly Scope[] = ["detached", "destroyed"];

/** A publication that a session adds for the time after it has left. */
export interface Testament {
  readonly topic: Uri;
  readonly payload: Payload;
  readonly options: PublishOptions;
  /** Approximate size in memory. */
  readonly bytes: number;
}

/** Reads the keyword argument `scope`. @throws WampError `wamp.error.invalid_argument` */
export function scopeArgument({ kwargs }: ProcedureCall): Scope {
  const read = (name: string, value: unknown): Scope => choiceArgument(name, value, SCOPES);
  return optionalArgument("scope", kwargs["scope"], read) ?? "destroyed";
}

/** Reads the arguments of `wamp.session.add_testament`. @throws WampError `wamp.error.invalid_argument` */
export function testamentArguments(call: ProcedureCall): Testament {
  atMostArguments(call, 3);
  const topic = stringArgument("topic", call.args[0]);
  const args = optionalArgument("args", call.args[1], listArgument);
  const kwargs = optionalArgument("kwargs", call.args[2], dictArgument);
  const options = optionalArgument("publish_options", call.kwargs["publish_options"], publishOptionsArgument);
  // Copied and measured as one value, because all parts are kept and count towards the limit.
  const kept = keepPayload({ args: [topic, args, kwargs, options ?? {}] });
  const [, keptArgs, keptKwargs, keptOptions] = kept.payload.args as [Uri, unknown[]?, Dict?, PublishOptions?];
  return { topic, payload: { args: keptArgs, kwargs: keptKwargs }, options: keptOptions ?? {}, bytes: kept.bytes };
}

/** Applies the checks of PUBLISH.Options, but reports an argument error instead of a protocol violation. */
function publishOptionsArgument(name: string, value: unknown): PublishOptions {
  try {
    return checkPublishOptions(name, value);
  } catch (error) {
    throw error instanceof ProtocolError ? invalidArgument(error.message) : error;
  }
}
