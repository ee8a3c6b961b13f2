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

/** When a testament is published: the specification's two buckets. */
export type Scope = "detached" | "destroyed";

const SCOPES: readonly Scope[] = ["detached", "destroyed"];

/** A publication for the time after its author. */
export interface Bequest {
  readonly topic: Uri;
  readonly payload: Payload;
  readonly options: PublishOptions;
  readonly bytes: number;
}

/** The keyword argument `scope`. @throws WampError `wamp.error.invalid_argument` */
export function scopeOf({ kwargs }: ProcedureCall): Scope {
  const read = (name: string, value: unknown): Scope => choiceArgument(name, value, SCOPES);
  return optionalArgument("scope", kwargs["scope"], read) ?? "destroyed";
}

/** What `wamp.session.add_testament` was called with. @throws WampError `wamp.error.invalid_argument` */
export function bequestOf(call: ProcedureCall): Bequest {
  atMostArguments(call, 3);
  const topic = stringArgument("topic", call.args[0]);
  const args = optionalArgument("args", call.args[1], listArgument);
  const kwargs = optionalArgument("kwargs", call.args[2], dictArgument);
  const options = optionalArgument("publish_options", call.kwargs["publish_options"], publishOptions) ?? {};
  // All of it in one go: every part is to be kept, and counts.
  const kept = keepPayload({ args: [topic, args, kwargs, options] });
  const [, keptArgs, keptKwargs, keptOptions] = kept.payload.args as [Uri, unknown[]?, Dict?, PublishOptions?];
  return { topic, payload: { args: keptArgs, kwargs: keptKwargs }, options: keptOptions ?? {}, bytes: kept.bytes };
}

/** Known options must have the types that PUBLISH demands; there is no PUBLISH to break the protocol with, though. */
function publishOptions(name: string, value: unknown): PublishOptions {
  try {
    return checkPublishOptions(name, value);
  } catch (error) {
    throw error instanceof ProtocolError ? invalidArgument(error.message) : error;
  }
}
