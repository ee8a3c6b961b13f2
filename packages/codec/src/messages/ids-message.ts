import { isEmptyDict } from "./checks.js";
import { MessageType as M } from "./message-type.js";
import type { Event, Invocation, Message, Result } from "./messages.js";

/** A message of one or two ids and empty details before its payload: what nearly all that a router forwards becomes. */
export type IdsMessage = Invocation | Result | Event;

export function isIdsMessage(message: Message): message is IdsMessage {
  const { type } = message;
  return (type === M.INVOCATION || type === M.RESULT || type === M.EVENT) && isEmptyDict(message.details);
}

export function firstIdOf(message: IdsMessage): number {
  return message.type === M.EVENT ? message.subscription : message.request;
}

/** @returns `undefined` for a RESULT, which has only one. */
export function secondIdOf(message: IdsMessage): number | undefined {
  if (message.type === M.INVOCATION) return message.registration;
  return message.type === M.EVENT ? message.publication : undefined;
}
