import {
  type CancelMode,
  type Dict,
  type Event,
  type Id,
  type Invocation,
  type Message,
  MessageType as M,
  type Payload,
} from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { expect } from "vitest";
import { PROCEDURE } from "./uris.js";

/** Sends a frame of this text, valid or not. */
export function sendText(client: WireSession, text: string): void {
  client.sendFrame(new TextEncoder().encode(text));
}

/** The text of a JSON frame. */
export function textOf(frame: Uint8Array | undefined): string {
  return new TextDecoder().decode(frame);
}

/** The positional arguments of a message. */
export function argsOf({ payload }: { readonly payload: Payload }): readonly unknown[] | undefined {
  return payload.args;
}

/** Calls and waits. @returns the first positional argument of the RESULT. @throws WampError for an ERROR. */
export async function call(
  client: WireSession,
  procedure: string,
  args: unknown[] = [],
  kwargs: Dict = {},
): Promise<unknown> {
  return (await client.call(procedure, { args, kwargs })).args?.[0];
}

/** Sends CANCEL; does not wait. */
export function cancel(caller: WireSession, request: Id, mode?: CancelMode): void {
  caller.send({ type: M.CANCEL, request, options: mode === undefined ? {} : { mode } });
}

/** Sends more arguments for a progressive call: a CALL with the same request id. */
export function continueCall(
  caller: WireSession,
  request: Id,
  payload: Payload,
  options: Dict = {},
  procedure: string = PROCEDURE,
): void {
  caller.send({ type: M.CALL, request, options, procedure, payload });
}

/** Expects EVENTs of these subscriptions in this order. @returns their positional arguments. */
export async function expectEvents(client: WireSession, ...subscriptions: Id[]): Promise<unknown[]> {
  const received: Event[] = [];
  for (const _subscription of subscriptions) received.push(await client.expect(M.EVENT));
  expect(received.map(({ subscription }) => subscription)).toEqual(subscriptions);
  return received.map(argsOf);
}

/** The first positional arguments of a callee's unread messages, which must be INVOCATIONs. */
export function unreadInvocations(callee: WireSession): readonly unknown[] {
  return callee.unread.map((message) => {
    expect(message).toMatchObject({ type: M.INVOCATION });
    return (message as Invocation).payload.args?.[0];
  });
}

/** Reads everything that has arrived. */
export async function readAll(client: WireSession): Promise<readonly Message[]> {
  await settle();
  const messages: Message[] = [];
  while (client.unread.length > 0) messages.push(await client.next());
  return messages;
}
