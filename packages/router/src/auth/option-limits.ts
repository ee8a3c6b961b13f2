import { ErrorUri, messageName, WampError, type Dict, type Message } from "@kreuz/codec";
import type { RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";

interface Services {
  readonly limits: RouterLimits;
  readonly metrics: Metrics;
}

/**
 * Bounds the options of a request, also those that the router does not know: each text (a resource key, for example) and
 * each list (of receivers, for example). What is done with them, such as hashing and looking up, may then cost no more.
 *
 * @throws WampError `wamp.error.limit_exceeded` that names the option, its length and the maximum.
 */
export function checkOptionLimits(type: Message["type"], options: Dict, { limits, metrics }: Services): void {
  const { optionTextLength, optionListLength } = limits;
  let count = 0;
  for (const name in options) {
    if (++count > optionListLength) throw tooLong(metrics, "list", type, "", count, optionListLength);
    const value = options[name];
    if (typeof value === "string") {
      if (value.length > optionTextLength) throw tooLong(metrics, "text", type, name, value.length, optionTextLength);
    } else if (Array.isArray(value) && value.length > optionListLength)
      throw tooLong(metrics, "list", type, name, value.length, optionListLength);
  }
}

const MAX_SHOWN = 40;

function tooLong(
  metrics: Metrics,
  kind: "text" | "list",
  type: Message["type"],
  name: string,
  length: number,
  max: number,
): WampError {
  metrics.count(kind === "text" ? "limit_option_text_length" : "limit_option_list_length");
  const what = `${messageName(type)}.Options${name === "" ? "" : `.${name.slice(0, MAX_SHOWN)}`}`;
  const unit = kind === "text" ? "characters" : name === "" ? "or more attributes" : "elements";
  return new WampError(ErrorUri.LIMIT_EXCEEDED, `${what} has ${length} ${unit}; the maximum is ${max}`);
}
