import { ProtocolError } from "../errors.js";
import { dict, EMPTY_DICT, isDict, isEmptyDict, reject } from "./checks.js";
import { messageName, MessageType as M } from "./message-type.js";

/** The number of elements that a message may have. */
export interface MessageLayout {
  readonly name: string;
  /** Elements that must be there, the type included. */
  readonly required: number;
  /** Header elements that may follow the required ones. */
  readonly optional: number;
  /** Whether `Arguments` and `ArgumentsKw` may follow. */
  readonly payload: boolean;
}

type Shape = Omit<MessageLayout, "name">;

const fixed = (required: number, optional = 0): Shape => ({ required, optional, payload: false });
const withPayload = (required: number): Shape => ({ required, optional: 0, payload: true });

const SHAPES: ReadonlyArray<readonly [type: number, shape: Shape]> = [
  [M.HELLO, fixed(3)],
  [M.WELCOME, fixed(3)],
  [M.ABORT, withPayload(3)],
  [M.CHALLENGE, fixed(3)],
  [M.AUTHENTICATE, fixed(3)],
  [M.GOODBYE, fixed(3)],
  [M.ERROR, withPayload(5)],
  [M.PUBLISH, withPayload(4)],
  [M.PUBLISHED, fixed(3)],
  [M.SUBSCRIBE, fixed(4)],
  [M.SUBSCRIBED, fixed(3)],
  [M.UNSUBSCRIBE, fixed(3)],
  [M.UNSUBSCRIBED, fixed(2, 1)],
  [M.EVENT, withPayload(4)],
  [M.CALL, withPayload(4)],
  [M.CANCEL, fixed(3)],
  [M.RESULT, withPayload(3)],
  [M.REGISTER, fixed(4)],
  [M.REGISTERED, fixed(3)],
  [M.UNREGISTER, fixed(3)],
  [M.UNREGISTERED, fixed(2, 1)],
  [M.INVOCATION, withPayload(4)],
  [M.INTERRUPT, fixed(3)],
  [M.YIELD, withPayload(3)],
  [M.EVENT_RECEIVED, fixed(2)],
];

const LAYOUTS: ReadonlyMap<unknown, MessageLayout> = new Map(
  SHAPES.map(([type, shape]) => [type, { name: messageName(type) ?? String(type), ...shape }]),
);

/**
 * Looks up the layout of a message that begins with `type` and has `length` elements.
 *
 * @throws ProtocolError when the type is unknown or does not allow that number of elements.
 */
export function layoutOf(type: unknown, length: number): MessageLayout {
  const layout = LAYOUTS.get(type);
  if (layout === undefined) {
    if (length === 0) throw new ProtocolError("message is an empty list");
    return reject("message type", "a WAMP message code", type);
  }
  const max = layout.required + (layout.payload ? 2 : layout.optional);
  if (length < layout.required || length > max)
    throw new ProtocolError(
      `${layout.name}: expected ${layout.required === max ? max : `${layout.required} to ${max}`} elements, got ${length}`,
    );
  return layout;
}

const EMPTY_LIST: readonly unknown[] = Object.freeze([]);
const FILLED_LIST: readonly unknown[] = Object.freeze([null]);
const FILLED_DICT: object = Object.freeze({ some: null });

/** Stands for a list in the payload that is not decoded, for {@link checkPayloadShape}. */
export const listPlaceholder = (count: number): readonly unknown[] => (count === 0 ? EMPTY_LIST : FILLED_LIST);
/** Stands for a dict in the payload that is not decoded, for {@link checkPayloadShape}. */
export const dictPlaceholder = (count: number): object => (count === 0 ? EMPTY_DICT : FILLED_DICT);

/**
 * Checks the payload elements of a message that has some. Null stands for an absent element: some clients send it as
 * `Arguments` when there are only keyword arguments.
 *
 * @returns how many of them to keep: trailing empty ones are dropped (spec: "Empty Arguments and Keyword Arguments").
 * @throws ProtocolError when `Arguments` is not a list or `ArgumentsKw` not a dict.
 */
export function checkPayloadShape(layout: MessageLayout, elements: readonly unknown[]): 0 | 1 | 2 {
  const args: unknown = elements[layout.required];
  if (elements.length === layout.required + 2) {
    if (args !== null && !Array.isArray(args)) reject(`${layout.name}.Arguments`, "a list", args);
    const kwargs: unknown = elements[layout.required + 1];
    if (kwargs !== null && !isDict(kwargs)) return reject(`${layout.name}.ArgumentsKw`, dict.expected, kwargs);
    if (kwargs !== null && !isEmptyDict(kwargs)) return 2;
  } else if (args !== null && !Array.isArray(args)) return checkOpaque(layout, elements, args);
  return args === null || (args as unknown[]).length === 0 ? 0 : 1;
}

/** An opaque payload is one string or binary value, and the option `enc_algo` announces it. */
function checkOpaque(layout: MessageLayout, elements: readonly unknown[], args: unknown): 1 {
  const announced = elements.some((element) => isDict(element) && typeof element["enc_algo"] === "string");
  const opaque = typeof args === "string" || args instanceof Uint8Array;
  return announced && opaque ? 1 : reject(`${layout.name}.Arguments`, "a list", args);
}
