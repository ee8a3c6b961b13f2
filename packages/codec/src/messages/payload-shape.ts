import { dict, isDict, isEmptyDict, refuse } from "./checks.js";
import type { MessageLayout } from "./message-layout.js";

/**
 * Checks the payload elements of a decoded message and says how many of them carry something: trailing empty ones are
 * dropped (spec: "Empty Arguments and Keyword Arguments").
 *
 * @throws ProtocolError when `Arguments` is not a list or `ArgumentsKw` not a dict.
 */
export function checkPayloadShape(layout: MessageLayout, elements: readonly unknown[]): 0 | 1 | 2 {
  const args: unknown = elements[layout.required];
  if (elements.length === layout.required + 2) {
    if (!Array.isArray(args)) refuse(`${layout.name}.Arguments`, "a list", args);
    const kwargs: unknown = elements[layout.required + 1];
    if (!isDict(kwargs)) return refuse(`${layout.name}.ArgumentsKw`, dict.expected, kwargs);
    if (!isEmptyDict(kwargs)) return 2;
  } else if (!Array.isArray(args)) return checkOpaque(layout, elements, args);
  return (args as unknown[]).length === 0 ? 0 : 1;
}

/** A payload in transparent mode is one string or binary, and the options say how it is encrypted. */
function checkOpaque(layout: MessageLayout, elements: readonly unknown[], args: unknown): 1 {
  const announced = elements.some((element) => isDict(element) && typeof element["enc_algo"] === "string");
  const opaque = typeof args === "string" || args instanceof Uint8Array;
  return announced && opaque ? 1 : refuse(`${layout.name}.Arguments`, "a list", args);
}
