import { ErrorUri, isUri, WampError, type Id, type Uri } from "@kreuz/codec";
import {
  atMostArguments,
  booleanArgument,
  idArgument,
  invalidArgument,
  optionalArgument,
  stringArgument,
  type ProcedureCall,
} from "@kreuz/router";
import { parseTimestamp } from "./rfc3339.js";

/** The arguments of `wamp.subscription.get_events` (spec: "Receiving Event History"). */
export interface HistoryQuery {
  readonly subscription: Id;
  readonly reverse: boolean;
  readonly limit: number | undefined;
  readonly topic: Uri | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly fromTime: number | undefined;
  readonly afterTime: number | undefined;
  readonly beforeTime: number | undefined;
  readonly untilTime: number | undefined;
  readonly fromPublication: Id | undefined;
  readonly afterPublication: Id | undefined;
  readonly beforePublication: Id | undefined;
  readonly untilPublication: Id | undefined;
}

/** Reads the arguments. @throws WampError `wamp.error.invalid_argument`, `wamp.error.invalid_uri` */
export function historyQuery(call: ProcedureCall): HistoryQuery {
  atMostArguments(call, 1);
  const filter = <T>(name: string, read: (name: string, value: unknown) => T): T | undefined =>
    optionalArgument(name, call.kwargs[name], read);
  return {
    subscription: idArgument("subscription", call.args[0]),
    reverse: filter("reverse", booleanArgument) ?? false,
    limit: filter("limit", limitArgument),
    topic: filter("topic", topicArgument),
    fromTime: filter("from_time", timeArgument),
    afterTime: filter("after_time", timeArgument),
    beforeTime: filter("before_time", timeArgument),
    untilTime: filter("until_time", timeArgument),
    fromPublication: filter("from_publication", idArgument),
    afterPublication: filter("after_publication", idArgument),
    beforePublication: filter("before_publication", idArgument),
    untilPublication: filter("until_publication", idArgument),
  };
}

function limitArgument(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  throw invalidArgument(
    `${name}: expected a positive integer, got ${typeof value === "number" ? value : typeof value}`,
  );
}

function topicArgument(name: string, value: unknown): Uri {
  const topic = stringArgument(name, value);
  if (isUri(topic)) return topic;
  throw new WampError(ErrorUri.INVALID_URI, `${name} "${topic.slice(0, 80)}" is not a valid URI`);
}

function timeArgument(name: string, value: unknown): number {
  const text = stringArgument(name, value);
  const time = parseTimestamp(text);
  if (time !== undefined) return time;
  throw invalidArgument(
    `${name}: expected an RFC 3339 timestamp such as "2026-01-31T23:59:59.999Z", got "${text.slice(0, 80)}"`,
  );
}
