import { describe } from "./checks.js";
import { ProtocolError } from "../errors.js";
import { messageName, MessageType as M } from "./message-type.js";

/** How many elements a message has before its payload, the type included, and whether a payload may follow. */
export interface MessageLayout {
  readonly name: string;
  readonly required: number;
  readonly optional: number;
  readonly payload: boolean;
}

const fixed = (required: number, optional = 0): [number, number, boolean] => [required, optional, false];
const withPayload = (required: number): [number, number, boolean] => [required, 0, true];

const SHAPES: ReadonlyArray<readonly [type: number, shape: [number, number, boolean]]> = [
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
  SHAPES.map(([type, [required, optional, payload]]) => [
    type,
    { name: messageName(type) ?? String(type), required, optional, payload },
  ]),
);

/**
 * The layout of a message of `length` elements that begins with `type`.
 *
 * @throws ProtocolError when the type is unknown or the number of elements does not fit it.
 */
export function layoutOf(type: unknown, length: number): MessageLayout {
  const layout = LAYOUTS.get(type);
  if (layout === undefined)
    throw new ProtocolError(
      length === 0
        ? "the message is an empty list"
        : `message type: expected a WAMP message code, got ${describe(type)}`,
    );
  const most = layout.required + (layout.payload ? 2 : layout.optional);
  if (length < layout.required || length > most)
    throw new ProtocolError(
      `${layout.name}: expected ${layout.required === most ? most : `${layout.required} to ${most}`} elements, got ${length}`,
    );
  return layout;
}
